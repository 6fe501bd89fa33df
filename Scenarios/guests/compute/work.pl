# Work for an interpreter: floating point, hashes, strings, patterns and sorting. Prints words and numbers.

# Five bodies under gravity, by small steps.
my @x = (0, 4.84, 8.34, 12.89, 15.38);
my @y = (0, -1.16, 4.12, -15.11, -25.92);
my @vx = (0, 0.61, -1.01, 1.08, 0.98);
my @vy = (0, 2.81, 1.82, 0.87, 0.59);
my @mass = (39.48, 0.038, 0.011, 0.0017, 0.002);
for my $round (1 .. 3000) {
  for my $i (0 .. 4) {
    for my $j ($i + 1 .. 4) {
      my ($dx, $dy) = ($x[$i] - $x[$j], $y[$i] - $y[$j]);
      my $square = $dx * $dx + $dy * $dy;
      my $pull = 0.001 / ($square * sqrt $square);
      $vx[$i] -= $dx * $mass[$j] * $pull;
      $vy[$i] -= $dy * $mass[$j] * $pull;
      $vx[$j] += $dx * $mass[$i] * $pull;
      $vy[$j] += $dy * $mass[$i] * $pull;
    }
  }
  for my $i (0 .. 4) {
    $x[$i] += 0.001 * $vx[$i];
    $y[$i] += 0.001 * $vy[$i];
  }
}
printf "body%d %.12f %.12f\n", $_, $x[$_], $y[$_] for 0 .. 4;

# Points that stay bounded.
for my $row (0 .. 39) {
  my $line = '';
  for my $column (0 .. 69) {
    my ($cr, $ci, $zr, $zi, $n) = ($column / 30 - 1.7, $row / 20 - 1, 0, 0, 0);
    while ($n < 60 && $zr * $zr + $zi * $zi < 4) {
      ($zr, $zi) = ($zr * $zr - $zi * $zi + $cr, 2 * $zr * $zi + $ci);
      $n++;
    }
    $line .= chr(65 + $n % 26);
  }
  print "row$row $line\n";
}

# Words out of a generator, counted, and told apart by patterns.
my ($state, %count, %kind) = (12345);
for (1 .. 50000) {
  $state = ($state * 1103515245 + 12345) & 0x7fffffff;
  my $word = join '', map { chr(97 + (($state >> (4 * $_)) & 15)) } 0 .. 3;
  $count{$word}++;
  $kind{vowels}++ if $word =~ /^[aeio]+$/;
  $kind{twice}++ if $word =~ /(.)\1/;
  $kind{around}++ if $word eq reverse $word;
}
print "$_ $count{$_}\n" for sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print "$_ $kind{$_}\n" for sort keys %kind;

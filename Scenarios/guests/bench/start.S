# Entry in M-mode on the `virt` board, all harts at once. The first runs the kernel, the others wait for ever.
  .equ FINISHER, 0x100000
  .equ PASS, 0x5555
  .equ MSTATUS_FS, 0x6000

  .section .text.start, "ax"
  .global start
start:
  csrr t0, mhartid
  bnez t0, sleep
  la sp, stack_top
  la t0, trap_entry
  csrw mtvec, t0
  li t0, MSTATUS_FS
  csrs mstatus, t0
  fscsr zero
  la t0, bss_start
  la t1, bss_end
clear:
  beq t0, t1, cleared
  sd zero, 0(t0)
  sd zero, 8(t0)
  addi t0, t0, 16
  j clear
cleared:
  call run_kernel
  li t0, FINISHER
  li t1, PASS
  sw t1, 0(t0)
sleep:
  wfi
  j sleep

  # No kernel traps. One that does is reported and ends the machine as failed.
  .balign 4
trap_entry:
  csrr a0, mcause
  csrr a1, mepc
  csrr a2, mtval
  call report_trap
  j sleep

# A program that Spike and the board virt run in the same way: every kind of access, floating point, CSRs, traps and
# three privilege modes, and nothing of devices, time or what firmware hands over. Ends in a loop.
.option norelax
.globl _start
_start:
    la sp, stack
    la t0, handler
    csrw mtvec, t0
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    li t0, 0x2000
    csrs mstatus, t0
    csrwi fcsr, 0
    csrw mscratch, sp
    la s0, data
    li s1, 40
    li s2, 0x123456789abcdef
round:
    addi s1, s1, -1
    mul s2, s2, s1
    addi s2, s2, 77
    sd s2, 0(s0)
    lw t1, 4(s0)
    lhu t2, 2(s0)
    lb t3, 1(s0)
    sw t1, 8(s0)
    sh t2, 12(s0)
    sb t3, 15(s0)
    ld t4, 8(s0)
    addi t5, s0, 16
    amoadd.d a0, s2, (t5)
    amoswap.w a1, t1, (t5)
    amomaxu.w zero, t2, (t5)
    lr.d a2, (t5)
    sc.d a3, t4, (t5)
    sc.d a4, t4, (t5)
    fcvt.d.l fa0, s2
    fcvt.d.w fa1, t1
    fdiv.d fa2, fa0, fa1
    fsd fa2, 24(s0)
    fld fa3, 24(s0)
    fmadd.d fa4, fa2, fa3, fa0
    fcvt.s.d fa5, fa4
    fsw fa5, 32(s0)
    flw fa6, 32(s0)
    fsqrt.s fa7, fa6
    fcvt.w.d a5, fa2, rtz
    csrrw a6, fflags, zero
    csrr a7, mstatus
    csrrs t6, mscratch, s1
    divu s3, s2, s1
    rem s4, s2, t1
    call function
    ecall
    bnez s1, round
    # Supervisor mode, then user mode, each of which calls the one above.
    la t0, supervisor
    csrw mepc, t0
    li t0, 0x1800
    csrc mstatus, t0
    li t0, 0x800
    csrs mstatus, t0
    mret
supervisor:
    csrw sscratch, s2
    csrr t1, sstatus
    ecall
    la t0, user
    csrw sepc, t0
    li t0, 0x100
    csrc sstatus, t0
    sret
user:
    addi s5, s5, 1
    ecall
    .word 0
    li t0, 0x10
    ld t1, 24(s0)
end:
    j end

function:
    addi sp, sp, -16
    sd ra, 8(sp)
    xor s6, s6, s2
    srli s7, s6, 7
    slliw s8, s7, 3
    ld ra, 8(sp)
    addi sp, sp, 16
    ret

# Goes on behind the instruction that trapped, in the mode that it had. Both make all instructions but those of two
# bytes four bytes long, and no trap comes of one of two.
.align 2
handler:
    csrrw t6, mscratch, t6
    csrr t5, mepc
    addi t5, t5, 4
    csrw mepc, t5
    csrr t5, mcause
    csrr t5, mtval
    csrrw t6, mscratch, t6
    mret

.data
.align 4
data:
    .skip 256
    .skip 1024
stack:
.globl tohost
.align 6
tohost: .dword 0
.align 6
fromhost: .dword 0

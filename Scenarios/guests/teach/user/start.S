// Where each program begins, and how it calls the kernel.

    .section .text.start, "ax"
    .globl start
start:
    call    main
    ebreak                          // main should not return; the kernel will start the program again

// call(number, first, second, third): the kernel wants the arguments in a0 to a2, and the number in a7.
    .section .text
    .globl call
call:
    mv      a7, a0
    mv      a0, a1
    mv      a1, a2
    mv      a2, a3
    ecall
    ret

/* The malloc family of the C ABI. Exported functions of a NativeAOT library are managed code, which a thread cannot enter any more once
   the runtime has forgotten it (in destructors of thread-local and static objects), and which takes as long to enter as an allocation
   may take. So these jump through a table into the pool's machine code (Native/Memory/PoolThunks). The first call, whichever it is, has
   the pool fill the table. */

    .section .note.GNU-stack, "", %progbits
    .hidden fdnn_pool_entries

    .data
    .p2align 6
fdnn_pool_entries:
    .irp name, malloc, free, calloc, realloc, aligned_alloc, malloc_usable_size, free_sized
    .quad \name\()_first
    .endr

    .text

#if defined(__x86_64__)

    .intel_syntax noprefix
    .macro function name, offset
    .globl fdnn_\name
    .type fdnn_\name, @function
    .p2align 4
fdnn_\name:
    jmp qword ptr [rip + fdnn_pool_entries + \offset]
\name\()_first:
    mov eax, \offset
    jmp first
    .size fdnn_\name, . - fdnn_\name
    .endm

first:
    push rdi
    push rsi
    push rax
    lea rdi, [rip + fdnn_pool_entries]
    call fdnn_internal_pool_start@PLT
    pop rax
    pop rsi
    pop rdi
    lea rdx, [rip + fdnn_pool_entries]
    jmp [rdx + rax]

#elif defined(__aarch64__)

    .macro function name, offset
    .globl fdnn_\name
    .type fdnn_\name, %function
    .p2align 4
fdnn_\name:
    adrp x16, fdnn_pool_entries
    add x16, x16, :lo12:fdnn_pool_entries
    ldr x16, [x16, #\offset]
    br x16
\name\()_first:
    mov x9, #\offset
    b first
    .size fdnn_\name, . - fdnn_\name
    .endm

first:
    stp x29, x30, [sp, #-48]!
    mov x29, sp
    stp x0, x1, [sp, #16]
    str x9, [sp, #32]
    adrp x0, fdnn_pool_entries
    add x0, x0, :lo12:fdnn_pool_entries
    bl fdnn_internal_pool_start
    ldp x0, x1, [sp, #16]
    ldr x9, [sp, #32]
    ldp x29, x30, [sp], #48
    adrp x16, fdnn_pool_entries
    add x16, x16, :lo12:fdnn_pool_entries
    ldr x16, [x16, x9]
    br x16

#else
#error "no code for this machine"
#endif

    function malloc, 0
    function free, 8
    function calloc, 16
    function realloc, 24
    function aligned_alloc, 32
    function malloc_usable_size, 40
    function free_sized, 48

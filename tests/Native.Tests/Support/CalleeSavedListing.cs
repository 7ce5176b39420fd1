namespace FugakuDnn.Native.Tests.Support;

/// <summary>The stub's machine code: left the bytes, right what they say. First argument the function, second its argument.</summary>
internal static class CalleeSavedListing
{
    internal const string X64 = """
        53                            | push rbx
        55                            | push rbp
        41 54                         | push r12
        41 55                         | push r13
        41 56                         | push r14
        41 57                         | push r15
        48 83 EC 18                   | sub rsp, 0x18
        48 89 F8                      | mov rax, rdi
        48 89 F7                      | mov rdi, rsi
        48 BB 02 B0 AD 1B 02 B0 AD 1B | movabs rbx, 0x1badb0021badb002
        49 BC 01 E0 AF 2C 01 E0 AF 2C | movabs r12, 0x2cafe0012cafe001
        49 BD 03 E0 AF 3C 02 E0 AF 3C | movabs r13, 0x3cafe0023cafe003
        49 BE 04 E0 AF 4C 04 E0 AF 4C | movabs r14, 0x4cafe0044cafe004
        49 BF 05 E0 AF 5C 05 E0 AF 5C | movabs r15, 0x5cafe0055cafe005
        0F AE 5C 24 08                | stmxcsr DWORD PTR [rsp+0x8]
        48 89 E5                      | mov rbp, rsp
        FF D0                         | call rax
        31 C0                         | xor eax, eax
        48 39 E5                      | cmp rbp, rsp
        0F 95 C0                      | setne al
        48 B9 02 B0 AD 1B 02 B0 AD 1B | movabs rcx, 0x1badb0021badb002
        48 31 CB                      | xor rbx, rcx
        48 B9 01 E0 AF 2C 01 E0 AF 2C | movabs rcx, 0x2cafe0012cafe001
        49 31 CC                      | xor r12, rcx
        48 B9 03 E0 AF 3C 02 E0 AF 3C | movabs rcx, 0x3cafe0023cafe003
        49 31 CD                      | xor r13, rcx
        48 B9 04 E0 AF 4C 04 E0 AF 4C | movabs rcx, 0x4cafe0044cafe004
        49 31 CE                      | xor r14, rcx
        48 B9 05 E0 AF 5C 05 E0 AF 5C | movabs rcx, 0x5cafe0055cafe005
        49 31 CF                      | xor r15, rcx
        0F AE 5D 0C                   | stmxcsr DWORD PTR [rbp+0xc]
        8B 4D 08                      | mov ecx, DWORD PTR [rbp+0x8]
        33 4D 0C                      | xor ecx, DWORD PTR [rbp+0xc]
        81 E1 C0 FF 00 00             | and ecx, 0xffc0
        31 D2                         | xor edx, edx
        48 85 DB                      | test rbx, rbx
        0F 95 C2                      | setne dl
        8D 04 50                      | lea eax, [rax+rdx*2]
        4D 85 E4                      | test r12, r12
        0F 95 C2                      | setne dl
        8D 04 90                      | lea eax, [rax+rdx*4]
        4D 85 ED                      | test r13, r13
        0F 95 C2                      | setne dl
        8D 04 D0                      | lea eax, [rax+rdx*8]
        4D 85 F6                      | test r14, r14
        0F 95 C2                      | setne dl
        C1 E2 04                      | shl edx, 0x4
        09 D0                         | or eax, edx
        31 D2                         | xor edx, edx
        4D 85 FF                      | test r15, r15
        0F 95 C2                      | setne dl
        C1 E2 05                      | shl edx, 0x5
        09 D0                         | or eax, edx
        31 D2                         | xor edx, edx
        85 C9                         | test ecx, ecx
        0F 95 C2                      | setne dl
        C1 E2 06                      | shl edx, 0x6
        09 D0                         | or eax, edx
        48 89 EC                      | mov rsp, rbp
        48 83 C4 18                   | add rsp, 0x18
        41 5F                         | pop r15
        41 5E                         | pop r14
        41 5D                         | pop r13
        41 5C                         | pop r12
        5D                            | pop rbp
        5B                            | pop rbx
        C3                            | ret
        """;

    internal const string Arm64 = """
        FD 7B B5 A9 | stp x29, x30, [sp, #-176]!
        F3 53 01 A9 | stp x19, x20, [sp, #16]
        F5 5B 02 A9 | stp x21, x22, [sp, #32]
        F7 63 03 A9 | stp x23, x24, [sp, #48]
        F9 6B 04 A9 | stp x25, x26, [sp, #64]
        FB 73 05 A9 | stp x27, x28, [sp, #80]
        E8 27 06 6D | stp d8, d9, [sp, #96]
        EA 2F 07 6D | stp d10, d11, [sp, #112]
        EC 37 08 6D | stp d12, d13, [sp, #128]
        EE 3F 09 6D | stp d14, d15, [sp, #144]
        FD 03 00 91 | mov x29, sp
        09 44 3B D5 | mrs x9, fpcr
        E9 53 00 F9 | str x9, [sp, #160]
        E9 03 00 AA | mov x9, x0
        E0 03 01 AA | mov x0, x1
        33 20 83 D2 | mov x19, #0x1901
        54 00 84 D2 | mov x20, #0x2002
        75 20 84 D2 | mov x21, #0x2103
        96 40 84 D2 | mov x22, #0x2204
        B7 60 84 D2 | mov x23, #0x2305
        D8 80 84 D2 | mov x24, #0x2406
        F9 A0 84 D2 | mov x25, #0x2507
        1A C1 84 D2 | mov x26, #0x2608
        3B E1 84 D2 | mov x27, #0x2709
        5C 01 85 D2 | mov x28, #0x280a
        68 02 67 9E | fmov d8, x19
        89 02 67 9E | fmov d9, x20
        AA 02 67 9E | fmov d10, x21
        CB 02 67 9E | fmov d11, x22
        EC 02 67 9E | fmov d12, x23
        0D 03 67 9E | fmov d13, x24
        2E 03 67 9E | fmov d14, x25
        4F 03 67 9E | fmov d15, x26
        20 01 3F D6 | blr x9
        00 00 80 D2 | mov x0, #0x0
        E9 03 00 91 | mov x9, sp
        3F 01 1D EB | cmp x9, x29
        E0 07 9F 9A | cset x0, ne
        29 20 83 D2 | mov x9, #0x1901
        73 02 09 CA | eor x19, x19, x9
        0A 01 66 9E | fmov x10, d8
        4A 01 09 CA | eor x10, x10, x9
        49 00 84 D2 | mov x9, #0x2002
        94 02 09 CA | eor x20, x20, x9
        73 02 14 AA | orr x19, x19, x20
        2B 01 66 9E | fmov x11, d9
        6B 01 09 CA | eor x11, x11, x9
        4A 01 0B AA | orr x10, x10, x11
        69 20 84 D2 | mov x9, #0x2103
        B5 02 09 CA | eor x21, x21, x9
        73 02 15 AA | orr x19, x19, x21
        4B 01 66 9E | fmov x11, d10
        6B 01 09 CA | eor x11, x11, x9
        4A 01 0B AA | orr x10, x10, x11
        89 40 84 D2 | mov x9, #0x2204
        D6 02 09 CA | eor x22, x22, x9
        73 02 16 AA | orr x19, x19, x22
        6B 01 66 9E | fmov x11, d11
        6B 01 09 CA | eor x11, x11, x9
        4A 01 0B AA | orr x10, x10, x11
        A9 60 84 D2 | mov x9, #0x2305
        F7 02 09 CA | eor x23, x23, x9
        73 02 17 AA | orr x19, x19, x23
        8B 01 66 9E | fmov x11, d12
        6B 01 09 CA | eor x11, x11, x9
        4A 01 0B AA | orr x10, x10, x11
        C9 80 84 D2 | mov x9, #0x2406
        18 03 09 CA | eor x24, x24, x9
        73 02 18 AA | orr x19, x19, x24
        AB 01 66 9E | fmov x11, d13
        6B 01 09 CA | eor x11, x11, x9
        4A 01 0B AA | orr x10, x10, x11
        E9 A0 84 D2 | mov x9, #0x2507
        39 03 09 CA | eor x25, x25, x9
        73 02 19 AA | orr x19, x19, x25
        CB 01 66 9E | fmov x11, d14
        6B 01 09 CA | eor x11, x11, x9
        4A 01 0B AA | orr x10, x10, x11
        09 C1 84 D2 | mov x9, #0x2608
        5A 03 09 CA | eor x26, x26, x9
        73 02 1A AA | orr x19, x19, x26
        EB 01 66 9E | fmov x11, d15
        6B 01 09 CA | eor x11, x11, x9
        4A 01 0B AA | orr x10, x10, x11
        29 E1 84 D2 | mov x9, #0x2709
        7B 03 09 CA | eor x27, x27, x9
        73 02 1B AA | orr x19, x19, x27
        49 01 85 D2 | mov x9, #0x280a
        9C 03 09 CA | eor x28, x28, x9
        73 02 1C AA | orr x19, x19, x28
        7F 02 00 F1 | cmp x19, #0x0
        EB 07 9F 9A | cset x11, ne
        00 04 0B AA | orr x0, x0, x11, lsl #1
        5F 01 00 F1 | cmp x10, #0x0
        EB 07 9F 9A | cset x11, ne
        00 08 0B AA | orr x0, x0, x11, lsl #2
        09 44 3B D5 | mrs x9, fpcr
        AA 53 40 F9 | ldr x10, [x29, #160]
        3F 01 0A EB | cmp x9, x10
        EB 07 9F 9A | cset x11, ne
        00 18 0B AA | orr x0, x0, x11, lsl #6
        BF 03 00 91 | mov sp, x29
        F3 53 41 A9 | ldp x19, x20, [sp, #16]
        F5 5B 42 A9 | ldp x21, x22, [sp, #32]
        F7 63 43 A9 | ldp x23, x24, [sp, #48]
        F9 6B 44 A9 | ldp x25, x26, [sp, #64]
        FB 73 45 A9 | ldp x27, x28, [sp, #80]
        E8 27 46 6D | ldp d8, d9, [sp, #96]
        EA 2F 47 6D | ldp d10, d11, [sp, #112]
        EC 37 48 6D | ldp d12, d13, [sp, #128]
        EE 3F 49 6D | ldp d14, d15, [sp, #144]
        FD 7B CB A8 | ldp x29, x30, [sp], #176
        C0 03 5F D6 | ret
        """;
}

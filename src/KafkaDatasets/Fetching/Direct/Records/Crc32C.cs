using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using X86 = System.Runtime.Intrinsics.X86;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>CRC-32C (Castagnoli), the checksum of record batches.</summary>
/// <remarks>
/// The processor's instruction takes 3 cycles but can start once per cycle, so three stretches are summed in parallel, and their sums are combined
/// using a table that advances a sum by the length of a stretch.
/// </remarks>
internal static class Crc32C
{
    private const uint Polynomial = 0x82F63B78;
    private const int Long = 4096;
    private const int Short = 256;
    private static readonly uint[] LongTable = MakeTable(Long);
    private static readonly uint[] ShortTable = MakeTable(Short);

    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The checksum of what another one covers, followed by more bytes.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        uint crc = ~checksum;
        if (X86.Sse42.X64.IsSupported)
        {
            crc = Interleaved(crc, ref bytes, Long, LongTable);
            crc = Interleaved(crc, ref bytes, Short, ShortTable);
        }

        return ~Serial(crc, bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint Serial(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (byte b in bytes[(bytes.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint Interleaved(uint crc, ref ReadOnlySpan<byte> bytes, int stretch, uint[] table)
    {
        while (bytes.Length >= 3 * stretch)
        {
            ref byte first = ref MemoryMarshal.GetReference(bytes);
            ulong a = crc;
            ulong b = 0;
            ulong c = 0;
            for (int i = 0; i < stretch; i += 8)
            {
                a = X86.Sse42.X64.Crc32(a, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, i)));
                b = X86.Sse42.X64.Crc32(b, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, i + stretch)));
                c = X86.Sse42.X64.Crc32(c, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, i + (2 * stretch))));
            }

            crc = Move(table, (uint)a) ^ (uint)b;
            crc = Move(table, crc) ^ (uint)c;
            bytes = bytes[(3 * stretch)..];
        }

        return crc;
    }

    /// <summary>Advances the sum by as many zero bytes as the table was built for.</summary>
    private static uint Move(uint[] table, uint crc) =>
        table[crc & 0xFF] ^ table[256 + ((crc >> 8) & 0xFF)] ^ table[512 + ((crc >> 16) & 0xFF)] ^ table[768 + (crc >> 24)];

    private static uint[] MakeTable(int zeros)
    {
        var bits = new uint[32];
        for (int bit = 0; bit < 32; bit++)
        {
            uint crc = 1u << bit;
            for (int i = 0; i < 8 * zeros; i++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * Polynomial);
            }

            bits[bit] = crc;
        }

        var table = new uint[1024];
        for (int i = 0; i < 1024; i++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                table[i] ^= ((i >> bit) & 1) != 0 ? bits[(8 * (i >> 8)) + bit] : 0;
            }
        }

        return table;
    }
}

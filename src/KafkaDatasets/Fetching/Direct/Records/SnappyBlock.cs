using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Decompresses raw snappy blocks (format_description.txt of google/snappy) directly into the caller's memory.</summary>
/// <remarks>
/// It copies whole vectors: up to <see cref="SharedBuffer.Slack"/> bytes past the ends of source and target are read and written,
/// so both arrays must have that many extra bytes.
/// </remarks>
internal static class SnappyBlock
{
    /// <summary>Reads the decompressed length of the block, and advances past its varint to the tags.</summary>
    /// <exception cref="BatchFault">The length is malformed.</exception>
    public static int ReadLength(ref ReadOnlySpan<byte> block)
    {
        ulong length = 0;
        for (int i = 0; i < Math.Min(5, block.Length); i++)
        {
            length |= (ulong)(block[i] & 0x7F) << (7 * i);
            if (block[i] < 0x80)
            {
                block = block[(i + 1)..];
                return length <= int.MaxValue ? (int)length : throw new BatchFault($"its Snappy block states {length} bytes");
            }
        }

        throw new BatchFault("its Snappy block has no length");
    }

    /// <summary>Decompresses the tags of a block.</summary>
    /// <param name="source">The array that contains the tags, with <see cref="SharedBuffer.Slack"/> bytes after them.</param>
    /// <param name="start">Where the tags start.</param>
    /// <param name="length">The length of the tags.</param>
    /// <param name="target">The array to write to, with <see cref="SharedBuffer.Slack"/> bytes after the output.</param>
    /// <param name="targetStart">Where to write.</param>
    /// <param name="targetLength">The number of bytes that must result.</param>
    /// <exception cref="BatchFault">The block is malformed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decompress(byte[] source, int start, int length, byte[] target, int targetStart, int targetLength)
    {
        Debug.Assert(source.Length - start - length >= SharedBuffer.Slack && target.Length - targetStart - targetLength >= SharedBuffer.Slack);
        ref byte input = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(source), start);
        ref byte output = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(target), targetStart);
        nint read = 0;
        nint written = 0;
        while (read < length)
        {
            uint tag = Unsafe.Add(ref input, read++);
            nint count = (nint)(tag >> 2) + 1;
            nint offset;
            uint kind = tag & 3;
            if (kind == 0)
            {
                if (count > 60)
                {
                    int extra = (int)count - 60;
                    count = (nint)(ReadUInt32(ref input, read) & (uint.MaxValue >> (32 - (8 * extra)))) + 1;
                    read += extra;
                }

                if (count > length - read || count > targetLength - written)
                {
                    throw Malformed();
                }

                CopyLiteral(ref Unsafe.Add(ref output, written), ref Unsafe.Add(ref input, read), count);
                read += count;
                written += count;
                continue;
            }

            if (kind == 2)
            {
                offset = (nint)(ReadUInt32(ref input, read) & 0xFFFF);
                read += 2;
            }
            else if (kind == 1)
            {
                count = (nint)((tag >> 2) & 7) + 4;
                offset = (nint)((tag >> 5) << 8) | Unsafe.Add(ref input, read);
                read += 1;
            }
            else
            {
                offset = (nint)ReadUInt32(ref input, read);
                read += 4;
            }

            if (offset - 1 >= written || offset == 0 || count > targetLength - written)
            {
                throw Malformed();
            }

            CopyBack(ref Unsafe.Add(ref output, written), offset, count);
            written += count;
        }

        if (read != length || written != targetLength)
        {
            throw Malformed();
        }
    }

    private static BatchFault Malformed() => new("its Snappy block is malformed");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ReadUInt32(ref byte input, nint at)
    {
        uint value = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref input, at));
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyLiteral(ref byte to, ref byte from, nint count)
    {
        if (count <= 32)
        {
            Unsafe.WriteUnaligned(ref to, Unsafe.ReadUnaligned<Vector256<byte>>(ref from));
        }
        else if (count <= 96)
        {
            Unsafe.WriteUnaligned(ref to, Unsafe.ReadUnaligned<Vector256<byte>>(ref from));
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, 32), Unsafe.ReadUnaligned<Vector256<byte>>(ref Unsafe.Add(ref from, 32)));
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, 64), Unsafe.ReadUnaligned<Vector256<byte>>(ref Unsafe.Add(ref from, 64)));
        }
        else
        {
            Unsafe.CopyBlockUnaligned(ref to, ref from, (uint)count);
        }
    }

    /// <summary>Copies bytes that were written <paramref name="offset"/> bytes earlier; source and target may overlap, and then the pattern repeats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyBack(ref byte to, nint offset, nint count)
    {
        ref byte from = ref Unsafe.Subtract(ref to, offset);
        if (offset >= 16)
        {
            // a copy has at most 64 bytes: whether it needs one vector or two cannot be foreseen, and a wrong guess takes longer than a vector too many
            Unsafe.WriteUnaligned(ref to, Unsafe.ReadUnaligned<Vector128<byte>>(ref from));
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, 16), Unsafe.ReadUnaligned<Vector128<byte>>(ref Unsafe.Add(ref from, 16)));
            if (count > 32)
            {
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, 32), Unsafe.ReadUnaligned<Vector128<byte>>(ref Unsafe.Add(ref from, 32)));
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, 48), Unsafe.ReadUnaligned<Vector128<byte>>(ref Unsafe.Add(ref from, 48)));
            }
        }
        else
        {
            for (nint i = 0; i < count; i++)
            {
                Unsafe.Add(ref to, i) = Unsafe.Add(ref from, i);
            }
        }
    }
}

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
    /// <summary>The most bytes that a copy, or a literal with its length in the tag, has.</summary>
    private const int MostCopied = 64;

    /// <summary>The most bytes of a literal whose length is in the tag.</summary>
    private const int MostShort = 60;

    /// <summary>The tag of a literal whose length is in the byte after it.</summary>
    private const byte LongLiteral = MostShort << 2;

    /// <summary>The most bytes of an ordinary tag, and the one after it.</summary>
    private const int Ahead = MostShort + 4;

    /// <summary>What each tag means: in the lowest byte the number of bytes to copy, from bit 16 on what is added to the offset, from bit 32 on which of the two bytes after it belong to the offset.</summary>
    private static readonly ulong[] Meanings = MakeMeanings();

    private static readonly byte[] Repeats = MakeRepeats();

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
    public static unsafe void Decompress(byte[] source, int start, int length, byte[] target, int targetStart, int targetLength)
    {
        Debug.Assert(source.Length - start - length >= SharedBuffer.Slack && target.Length - targetStart - targetLength >= SharedBuffer.Slack);
        fixed (byte* sources = source, targets = target)
        {
            byte* input = sources + start;
            byte* output = targets + targetStart;
            nint read = 0;
            nint written = 0;
            while (read < length)
            {
                if (BitConverter.IsLittleEndian && written >= MostCopied && read <= length - Ahead && written <= targetLength - MostCopied)
                {
                    Run(input, ref read, length, output, ref written, targetLength);
                }
                else
                {
                    Step(input, ref read, length, output, ref written, targetLength);
                }
            }

            if (read != length || written != targetLength)
            {
                throw Malformed();
            }
        }
    }

    /// <summary>Decompresses tags until too few bytes are left of the source or of the target to read and write without asking how many.</summary>
    /// <remarks>
    /// Which kind a tag is of, and how much it copies, cannot be foreseen, and a wrong guess takes longer than the tag itself. So there is one way for all ordinary tags,
    /// without a branch: a table says what a tag means, and the next tag is read from both places where it may be.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Run(byte* input, ref nint read, nint length, byte* output, ref nint written, nint targetLength)
    {
        byte* at = input + read;
        byte* to = output + written;
        byte* lastAt = input + length - Ahead;
        byte* lastTo = output + targetLength - MostCopied;
        ref ulong meanings = ref MemoryMarshal.GetArrayDataReference(Meanings);
        nuint tag = *at;
        while (at <= lastAt && to <= lastTo)
        {
            ulong meaning = Unsafe.Add(ref meanings, tag);
            nint isLiteral = (nint)(tag & 3) - 1 >> 63;
            byte* afterLiteral = at + (tag >> 2) + 2;
            byte* afterCopy = at + (tag & 3) + 1;
            nuint tagAfterCopy = *afterCopy;
            tag = tagAfterCopy ^ ((tagAfterCopy ^ *afterLiteral) & (nuint)isLiteral);
            nint count = (byte)meaning;
            nint offset = (nint)((Unsafe.ReadUnaligned<ushort>(at + 1) & (uint)(meaning >> 32)) + ((uint)meaning >> 16));
            if ((nuint)(offset - count) > (nuint)(to - output - count))
            {
                if (*at == LongLiteral && at + 2 + at[1] < lastAt && to + at[1] < lastTo)
                {
                    count = at[1] + 1;
                    CopyLiteral(to, at + 2, count);
                    at += 2 + count;
                    to += count;
                }
                else
                {
                    // another long literal, a copy from far away, one that repeats what it writes, or a malformed tag
                    read = (nint)(at - input);
                    written = (nint)(to - output);
                    Step(input, ref read, length, output, ref written, targetLength);
                    at = input + read;
                    to = output + written;
                }

                tag = *at;
                continue;
            }

            byte* back = to - offset;
            byte* from = back + ((nint)(at + 1 - back) & isLiteral);
            at = afterCopy + ((nint)(afterLiteral - afterCopy) & isLiteral);
            Unsafe.WriteUnaligned(to, Unsafe.ReadUnaligned<Vector256<byte>>(from));
            Unsafe.WriteUnaligned(to + 32, Unsafe.ReadUnaligned<Vector256<byte>>(from + 32));

            to += count;
        }

        read = (nint)(at - input);
        written = (nint)(to - output);
    }

    /// <summary>Decompresses one tag.</summary>
    private static unsafe void Step(byte* input, ref nint read, nint length, byte* output, ref nint written, nint targetLength)
    {
        uint tag = input[read];
        uint kind = tag & 3;
        nint count = (nint)(tag >> 2) + 1;
        byte* at = input + read + 1;
        byte* to = output + written;
        if (kind == 0)
        {
            if (count > MostShort)
            {
                int extra = (int)count - MostShort;
                count = (nint)(ReadUInt32(at) & (uint.MaxValue >> (32 - (8 * extra)))) + 1;
                at += extra;
            }

            read = (nint)(at - input);
            if (count > length - read || count > targetLength - written)
            {
                throw Malformed();
            }

            CopyLiteral(to, at, count);
            read += count;
            written += count;
            return;
        }

        nint offset;
        if (kind == 1)
        {
            count = (nint)((tag >> 2) & 7) + 4;
            offset = (nint)((tag >> 5) << 8) | *at;
            read += 2;
        }
        else
        {
            offset = (nint)(kind == 2 ? ReadUInt32(at) & 0xFFFF : ReadUInt32(at));
            read += kind == 2 ? 3 : 5;
        }

        if (offset - 1 >= written || offset == 0 || count > targetLength - written)
        {
            throw Malformed();
        }

        CopyBack(to, offset, count);
        written += count;
    }

    private static BatchFault Malformed() => new("its Snappy block is malformed");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe uint ReadUInt32(byte* at) => BitConverter.IsLittleEndian ? Unsafe.ReadUnaligned<uint>(at) : BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void CopyLiteral(byte* to, byte* from, nint count)
    {
        if (count <= 96)
        {
            Unsafe.WriteUnaligned(to, Unsafe.ReadUnaligned<Vector256<byte>>(from));
            Unsafe.WriteUnaligned(to + 32, Unsafe.ReadUnaligned<Vector256<byte>>(from + 32));
            Unsafe.WriteUnaligned(to + 64, Unsafe.ReadUnaligned<Vector256<byte>>(from + 64));
        }
        else
        {
            Unsafe.CopyBlockUnaligned(to, from, (uint)count);
        }
    }

    /// <summary>Copies bytes that were written <paramref name="offset"/> bytes earlier; source and target may overlap, and then the pattern repeats.</summary>
    private static unsafe void CopyBack(byte* to, nint offset, nint count)
    {
        nint step = Vector128<byte>.Count;
        byte* from = to - offset;
        Vector128<byte> pattern = Unsafe.ReadUnaligned<Vector128<byte>>(from);
        if (offset >= step)
        {
            for (nint i = 0; i < count; i += step)
            {
                Unsafe.WriteUnaligned(to + i, Unsafe.ReadUnaligned<Vector128<byte>>(from + i));
            }

            return;
        }

        pattern = Vector128.Shuffle(pattern, Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(Repeats), (nuint)(offset * step)));
        step -= step % offset;
        for (nint i = 0; i < count; i += step)
        {
            Unsafe.WriteUnaligned(to + i, pattern);
        }
    }

    /// <summary>Returns what each ordinary tag means; of others, an offset that no copy may have.</summary>
    private static ulong[] MakeMeanings()
    {
        ulong[] meanings = new ulong[256];
        for (uint tag = 0; tag < meanings.Length; tag++)
        {
            uint count = (tag >> 2) + 1;
            (count, uint offset, uint offsetBits) = (tag & 3) switch
            {
                0 when count <= MostShort => (count, count, 0u), // passes for a copy that does not overlap
                1 => (((tag >> 2) & 7) + 4, (tag >> 5) << 8, 0xFFu),
                2 => (count, 0u, 0xFFFFu),
                _ => (1u, 0u, 0u),
            };
            meanings[tag] = count | (offset << 16) | ((ulong)offsetBits << 32);
        }

        return meanings;
    }

    /// <summary>Returns for each offset up to 16 the places of a vector's bytes that repeat the first so many of them.</summary>
    private static byte[] MakeRepeats() => [.. Enumerable.Range(0, 256).Select(i => (byte)(i < 16 ? 0 : i % 16 % (i / 16)))];
}

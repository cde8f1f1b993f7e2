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

    /// <summary>The most bytes of a literal with its length in the tag, and of a copy after it.</summary>
    private const int Ahead = 1 + MostShort + 3;

    /// <summary>The most bytes that these two write, which need not all be the last.</summary>
    private const int MostWritten = 2 * MostCopied;

    /// <summary>The bits of a meaning that are a part of the offset.</summary>
    private const uint HighBits = 0x700;

    /// <summary>What the tag of a copy means: in the lowest byte the number of bytes, in the next one what of the offset is in the tag, in the upper half which of the two bytes after it belong to the offset.</summary>
    private static readonly uint[] Meanings = MakeMeanings();

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
                if (BitConverter.IsLittleEndian && written >= MostCopied && read <= length - Ahead && written <= targetLength - MostWritten)
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
    /// A wrong guess takes longer than a tag. Of which kind a copy is cannot be foreseen, so that a table says what its tag means, without a branch;
    /// whether a literal or a copy comes next often can, since copies follow literals, and then nothing waits for the tag.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Run(byte* input, ref nint read, nint length, byte* output, ref nint written, nint targetLength)
    {
        byte* at = input + read;
        byte* to = output + written;
        byte* lastAt = input + length - Ahead;
        byte* lastTo = output + targetLength - MostWritten;
        ref uint meanings = ref MemoryMarshal.GetArrayDataReference(Meanings);
        while (at <= lastAt && to <= lastTo)
        {
            nuint tag = *at;
            nint count;
            if ((tag & 3) == 0)
            {
                count = (nint)(tag >> 2) + 1;
                at++;
                if (count > MostShort)
                {
                    if (tag != LongLiteral || at + *at + 1 >= lastAt || to + *at >= lastTo)
                    {
                        read = (nint)(at - 1 - input);
                        written = (nint)(to - output);
                        Step(input, ref read, length, output, ref written, targetLength);
                        at = input + read;
                        to = output + written;
                        continue;
                    }

                    count = *at++ + 1;
                    BlockCopy.CopyLiteral(to, at, count);
                }
                else
                {
                    Copy(to, at, count);
                }

                at += count;
                to += count;
                tag = *at;
                if ((tag & 3) == 0)
                {
                    continue;
                }
            }

            uint meaning = Unsafe.Add(ref meanings, tag);
            count = (byte)meaning;
            nint offset = (nint)((Unsafe.ReadUnaligned<ushort>(at + 1) & (meaning >> 16)) + (meaning & HighBits));
            if ((nuint)(offset - count) > (nuint)(to - output - count))
            {
                // a copy from far away, one that repeats what it writes, or a malformed tag
                read = (nint)(at - input);
                written = (nint)(to - output);
                Step(input, ref read, length, output, ref written, targetLength);
                at = input + read;
                to = output + written;
                continue;
            }

            at += (tag & 3) + 1;
            Copy(to, to - offset, count);
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

            BlockCopy.CopyLiteral(to, at, count);
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

        BlockCopy.CopyBack(to, offset, count);
        written += count;
    }

    private static BatchFault Malformed() => new("its Snappy block is malformed");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe uint ReadUInt32(byte* at) => BitConverter.IsLittleEndian ? Unsafe.ReadUnaligned<uint>(at) : BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(at));

    /// <summary>Copies up to 64 bytes, which do not overlap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Copy(byte* to, byte* from, nint count)
    {
        Unsafe.WriteUnaligned(to, Unsafe.ReadUnaligned<Vector256<byte>>(from));
        if (count > 32)
        {
            Unsafe.WriteUnaligned(to + 32, Unsafe.ReadUnaligned<Vector256<byte>>(from + 32));
        }
    }

    /// <summary>Returns what each tag of a copy means; of others, an offset that no copy may have.</summary>
    private static uint[] MakeMeanings()
    {
        uint[] meanings = new uint[256];
        for (uint tag = 0; tag < meanings.Length; tag++)
        {
            meanings[tag] = (tag & 3) switch
            {
                1 => (((tag >> 2) & 7) + 4) | ((tag >> 5) << 8) | (0xFFu << 16),
                2 => ((tag >> 2) + 1) | (0xFFFFu << 16),
                _ => 1,
            };
        }

        return meanings;
    }
}

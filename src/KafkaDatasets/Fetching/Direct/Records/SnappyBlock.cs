using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Decompresses raw snappy blocks (format_description.txt of google/snappy) directly into the caller's memory.</summary>
/// <remarks>
/// It copies whole vectors: up to <see cref="SharedBuffer.Slack"/> bytes past the ends of source and target are read and written,
/// so both arrays must have that many extra bytes.
/// </remarks>
internal static class SnappyBlock
{
    /// <summary>The most bytes of a literal whose length is in the tag.</summary>
    private const int MostShort = 60;

    /// <summary>The tag of a literal whose length is in the byte after it.</summary>
    private const byte LongLiteral = MostShort << 2;

    /// <summary>The most bytes of a tag with such a literal.</summary>
    private const int Ahead = 1 + MostShort;

    /// <summary>The most bytes that a copy, or a literal with its length in the tag, writes, which need not all be the last.</summary>
    private const int MostWritten = 64;

    /// <summary>The bits of a meaning that are a part of the offset.</summary>
    private const uint HighBits = 0x700;

    /// <summary>The offset of a literal in its meaning, which passes for that of a copy once so many bytes are written.</summary>
    private const int LeastWritten = 0x100;

    /// <summary>The number of bytes of the source that <see cref="Measure"/> looks at before they are decompressed.</summary>
    private const int Window = 2048;

    /// <summary>
    /// What a tag means: in the lowest byte the number of bytes, in the next one what of the offset is in the tag, above them which of the two bytes after it belong to the offset,
    /// and in the highest bit whether it is a literal.
    /// </summary>
    private static readonly ulong[] Meanings = MakeMeanings();

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
    [SkipLocalsInit]
    public static unsafe void Decompress(byte[] source, int start, int length, byte[] target, int targetStart, int targetLength)
    {
        Debug.Assert(source.Length - start - length >= SharedBuffer.Slack && target.Length - targetStart - targetLength >= SharedBuffer.Slack);
        byte* lengths = stackalloc byte[Window + Vector256<byte>.Count];
        fixed (byte* sources = source, targets = target)
        fixed (ulong* meanings = Meanings)
        {
            byte* at = sources + start;
            byte* end = at + length;
            byte* output = targets + targetStart;
            byte* to = output;
            byte* outputEnd = output + targetLength;
            byte* measured = at;
            byte* measuredEnd = at;
            while (at < end)
            {
                if (BitConverter.IsLittleEndian && to - output >= LeastWritten && end - at >= Ahead && outputEnd - to >= MostWritten)
                {
                    if (at >= measuredEnd)
                    {
                        nint count = (nint)Math.Min(Window, end - at);
                        Measure(at, lengths, count);
                        measured = at;
                        measuredEnd = at + count;
                    }

                    var place = new Place { At = at, To = to };
                    Run(&place, (byte*)Math.Min((nuint)(measuredEnd - 1), (nuint)(end - Ahead)), output, outputEnd - MostWritten, meanings, (nint)(lengths - measured));
                    at = place.At;
                    to = place.To;
                    if (at >= measuredEnd)
                    {
                        continue;
                    }
                }

                Step(ref at, end, output, ref to, outputEnd);
            }

            if (at != end || to != outputEnd)
            {
                throw Malformed();
            }
        }
    }

    /// <summary>Writes for each byte how long the tag is, with its literal, if the byte is a tag of the kinds that <see cref="Run"/> decompresses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Measure(byte* at, byte* lengths, nint count)
    {
        for (nint i = 0; i < count; i += Vector256<byte>.Count)
        {
            Vector256<byte> tags = Unsafe.ReadUnaligned<Vector256<byte>>(at + i);
            Vector256<byte> kinds = tags & Vector256.Create((byte)3);
            Vector256<byte> literals = ((tags.AsUInt16() >>> 2).AsByte() & Vector256.Create((byte)63)) + Vector256<byte>.One;
            Unsafe.WriteUnaligned(lengths + i, kinds + Vector256<byte>.One + (literals & Vector256.Equals(kinds, Vector256<byte>.Zero)));
        }
    }

    /// <summary>Decompresses tags up to one that is not ordinary, or until too few bytes are left of the source or of the target to read and write without asking how many.</summary>
    /// <remarks>
    /// A wrong guess takes longer than a tag, and of which kind the next tag is cannot be foreseen: a table says what it means, without a branch. All that the next tag
    /// waits for is the place of this one and its length, which is known already.
    /// </remarks>
    /// <param name="place">Where to read and to write; afterwards, where it has stopped.</param>
    /// <param name="lastAt">The last place where a tag may be that is read.</param>
    /// <param name="output">Where the output starts.</param>
    /// <param name="lastTo">The last place to which a tag may write.</param>
    /// <param name="meanings">What each tag means.</param>
    /// <param name="lengths">How far behind each byte its length as a tag is.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static unsafe void Run(Place* place, byte* lastAt, byte* output, byte* lastTo, ulong* meanings, nint lengths)
    {
        byte* at = place->At;
        byte* to = place->To;
        while (at <= lastAt && to <= lastTo)
        {
            ulong meaning = meanings[*at];
            nint count = (byte)meaning;
            nint offset = (nint)((Unsafe.ReadUnaligned<ushort>(at + 1) & (uint)(ushort)(meaning >> 16)) + ((uint)meaning & HighBits));
            if ((nuint)(offset - count) > (nuint)(to - output - count))
            {
                // a literal whose length is in one byte is frequent where values repeat seldom
                nint literal = at[1] + 1;
                if (*at != LongLiteral || literal > lastAt - at || literal > lastTo - to)
                {
                    break; // a longer literal, a copy from far away, one that repeats what it writes, or a malformed tag
                }

                BlockCopy.CopyLiteral(to, at + 2, literal);
                at += literal + 2;
                to += literal;
                continue;
            }

            byte* from = to - offset;
            from += (at + 1 - from) & ((nint)meaning >> 63);
            at += at[lengths];
            Unsafe.WriteUnaligned(to, Unsafe.ReadUnaligned<Vector256<byte>>(from));
            if (count > Vector256<byte>.Count)
            {
                Unsafe.WriteUnaligned(to + Vector256<byte>.Count, Unsafe.ReadUnaligned<Vector256<byte>>(from + Vector256<byte>.Count));
            }

            to += count;
        }

        place->At = at;
        place->To = to;
    }

    /// <summary>Decompresses one tag.</summary>
    private static unsafe void Step(ref byte* source, byte* end, byte* output, ref byte* target, byte* targetEnd)
    {
        byte* at = source;
        byte* to = target;
        uint tag = *at;
        uint kind = tag & 3;
        nint count = (nint)(tag >> 2) + 1;
        at++;
        if (kind == 0)
        {
            if (count > MostShort)
            {
                int extra = (int)count - MostShort;
                count = (nint)(ReadUInt32(at) & (uint.MaxValue >> (32 - (8 * extra)))) + 1;
                at += extra;
            }

            if (count > end - at || count > targetEnd - to)
            {
                throw Malformed();
            }

            BlockCopy.CopyLiteral(to, at, count);
            source = at + count;
            target = to + count;
            return;
        }

        nint offset;
        if (kind == 1)
        {
            count = (nint)((tag >> 2) & 7) + 4;
            offset = (nint)((tag >> 5) << 8) | *at;
            at++;
        }
        else
        {
            offset = (nint)(kind == 2 ? ReadUInt32(at) & 0xFFFF : ReadUInt32(at));
            at += kind == 2 ? 2 : 4;
        }

        if (offset - 1 >= to - output || offset == 0 || count > targetEnd - to)
        {
            throw Malformed();
        }

        BlockCopy.CopyBack(to, offset, count);
        source = at;
        target = to + count;
    }

    private static BatchFault Malformed() => new("its Snappy block is malformed");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe uint ReadUInt32(byte* at) => BitConverter.IsLittleEndian ? Unsafe.ReadUnaligned<uint>(at) : BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(at));

    /// <summary>Returns what each tag means; of those whose length or offset is in more bytes, an offset that no copy may have.</summary>
    private static ulong[] MakeMeanings()
    {
        ulong[] meanings = new ulong[256];
        for (uint tag = 0; tag < meanings.Length; tag++)
        {
            uint upper = tag >> 2;
            meanings[tag] = (tag & 3) switch
            {
                0 when upper < MostShort => (upper + 1) | LeastWritten | (1UL << 63),
                1 => ((upper & 7) + 4) | ((tag >> 5) << 8) | (0xFFUL << 16),
                2 => (upper + 1) | (0xFFFFUL << 16),
                _ => 1,
            };
        }

        return meanings;
    }

    /// <summary>Where to read, and where to write.</summary>
    private unsafe struct Place
    {
        public byte* At;
        public byte* To;
    }
}

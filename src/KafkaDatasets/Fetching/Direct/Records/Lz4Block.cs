using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Decompresses LZ4 blocks (lz4_Block_format.md of lz4/lz4) directly into the caller's memory.</summary>
/// <remarks>
/// It copies whole vectors: up to <see cref="SharedBuffer.Slack"/> bytes past the ends of source and target are read and written,
/// so both arrays must have that many extra bytes.
/// </remarks>
internal static class Lz4Block
{
    /// <summary>In a token, the length that goes on in the bytes after it.</summary>
    private const int Continued = 15;

    /// <summary>The shortest match.</summary>
    private const int LeastMatch = 4;

    /// <summary>More bytes than a sequence has whose literals fit into its token: the token, the literals, an offset and a byte of the match's length.</summary>
    private const int Ahead = 1 + Continued + 2 + 1;

    /// <summary>More bytes than a sequence writes whose lengths fit into its token.</summary>
    private const int MostWritten = Continued + Continued + LeastMatch;

    /// <summary>Decompresses a block.</summary>
    /// <param name="source">The array that contains the block, with <see cref="SharedBuffer.Slack"/> bytes after it.</param>
    /// <param name="start">Where the block starts.</param>
    /// <param name="length">The length of the block.</param>
    /// <param name="target">The array to write to, with <see cref="SharedBuffer.Slack"/> bytes after the room.</param>
    /// <param name="targetStart">Where to write.</param>
    /// <param name="room">The most bytes that may result.</param>
    /// <param name="before">The number of bytes before <paramref name="targetStart"/> that the block may refer to.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="BatchFault">The block is malformed.</exception>
    public static unsafe int Decompress(byte[] source, int start, int length, byte[] target, int targetStart, int room, int before)
    {
        Debug.Assert(source.Length - start - length >= SharedBuffer.Slack && target.Length - targetStart - room >= SharedBuffer.Slack);
        fixed (byte* sources = source, targets = target)
        {
            byte* input = sources + start;
            byte* output = targets + targetStart;
            nint read = 0;
            nint written = 0;
            do
            {
                if (BitConverter.IsLittleEndian)
                {
                    Run(input, ref read, length, output, ref written, room, before);
                }
            }
            while (Step(input, ref read, length, output, ref written, room, before));
            return (int)written;
        }
    }

    /// <summary>Decompresses sequences until too few bytes are left of the source or of the target to read and write without asking how many, or until one is not ordinary.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Run(byte* input, ref nint read, nint length, byte* output, ref nint written, nint room, nint before)
    {
        byte* at = input + read;
        byte* to = output + written;
        byte* lastAt = input + length - Ahead;
        byte* lastTo = output + room - MostWritten;
        byte* lowest = output - before;
        while (at <= lastAt && to <= lastTo)
        {
            byte* next = at;
            byte* end = to;
            nint token = *next++;
            nint count = token >> 4;
            if (count < Continued)
            {
                Unsafe.WriteUnaligned(end, Unsafe.ReadUnaligned<Vector128<byte>>(next));
            }
            else
            {
                nint more = *next++;
                count += more;
                if (more == byte.MaxValue || count > lastAt - next || count > lastTo - end)
                {
                    break;
                }

                BlockCopy.CopyLiteral(end, next, count);
            }

            next += count;
            end += count;
            nint offset = Unsafe.ReadUnaligned<ushort>(next);
            next += sizeof(ushort);
            count = token & Continued;
            if (count == Continued)
            {
                nint more = *next++;
                count += more;
                if (more == byte.MaxValue || count > lastTo - end)
                {
                    break;
                }
            }

            count += LeastMatch;
            if ((nuint)(offset - 1) >= (nuint)(end - lowest))
            {
                break;
            }

            if (offset >= Vector256<byte>.Count && count <= Vector256<byte>.Count)
            {
                Unsafe.WriteUnaligned(end, Unsafe.ReadUnaligned<Vector256<byte>>(end - offset));
            }
            else
            {
                BlockCopy.CopyBack(end, offset, count);
            }

            at = next;
            to = end + count;
        }

        read = (nint)(at - input);
        written = (nint)(to - output);
    }

    /// <summary>Decompresses one sequence; returns false when it is the last, which has no match.</summary>
    private static unsafe bool Step(byte* input, ref nint read, nint length, byte* output, ref nint written, nint room, nint before)
    {
        if (read == length)
        {
            throw Malformed();
        }

        int token = input[read++];
        nint count = ReadLength(token >> 4, input, ref read, length, room - written);
        if (count > length - read || count > room - written)
        {
            throw Malformed();
        }

        BlockCopy.CopyLiteral(output + written, input + read, count);
        read += count;
        written += count;
        if (read == length)
        {
            return false;
        }

        if (length - read < sizeof(ushort))
        {
            throw Malformed();
        }

        nint offset = BinaryPrimitives.ReadUInt16LittleEndian(new ReadOnlySpan<byte>(input + read, sizeof(ushort)));
        read += sizeof(ushort);
        count = LeastMatch + ReadLength(token & Continued, input, ref read, length, room - written);
        if (offset == 0 || offset > written + before || count > room - written)
        {
            throw Malformed();
        }

        BlockCopy.CopyBack(output + written, offset, count);
        written += count;
        return true;
    }

    /// <summary>Reads the rest of a length that begins in a token.</summary>
    private static unsafe nint ReadLength(nint count, byte* input, ref nint read, nint length, nint most)
    {
        byte more = count == Continued ? byte.MaxValue : (byte)0;
        while (more == byte.MaxValue)
        {
            if (read == length || count > most)
            {
                throw Malformed();
            }

            more = input[read++];
            count += more;
        }

        return count;
    }

    private static BatchFault Malformed() => new("its LZ4 block is malformed");
}

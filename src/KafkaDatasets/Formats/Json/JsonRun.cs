using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Unicode;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Json;

/// <summary>Reads members of an object that follow each other as in the last record and have ordinary values, in one loop.</summary>
/// <remarks>It stops before anything else, which <see cref="JsonFastReader"/> then reads or gives up on.</remarks>
internal static class JsonRun
{
    /// <summary>The bytes that are looked at without asking whether they belong to the text: a number, and the name after it.</summary>
    private const int Ahead = NearNumber.After + JsonLiteral.MaxShort;

    /// <summary>Reads values and names.</summary>
    /// <param name="text">The text.</param>
    /// <param name="readable">The bytes from the start of the text on that may be looked at; what lies after the text does not matter.</param>
    /// <param name="at">Where the value of the first member starts; afterwards, where reading stopped.</param>
    /// <param name="step">The object.</param>
    /// <param name="marks">The presence marks of its members.</param>
    /// <param name="block">The block.</param>
    /// <param name="isSpaced">Whether spaces follow commas and colons.</param>
    /// <param name="index">The index of the first member; afterwards, of the last.</param>
    /// <returns>Whether the last member's value has been read.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static bool Read(ReadOnlySpan<byte> text, int readable, ref int at, JsonStep step, Span<bool> marks, RowBlock block, bool isSpaced, ref int index)
    {
        ref byte start = ref MemoryMarshal.GetReference(text);
        JsonStep[] members = step.Members;
        ref bool marked = ref MemoryMarshal.GetReference(marks[..members.Length]);
        bool isInList = step.Depth > 0;
        int last = Math.Min(readable - Ahead, text.Length - 1);
        int position = at;
        int current = index;
        int row = block.Rows;
        int column = -1;
        ref float slots = ref Unsafe.NullRef<float>();
        bool isRead = false;
        while (position <= last)
        {
            JsonStep member = members[current];
            ref byte value = ref Unsafe.Add(ref start, position);
            JsonForm form = member.Form;
            int end;
            if (form == JsonForm.Skipped)
            {
                end = position + Skip(ref value, readable - position);
            }
            else if (form == JsonForm.Other || (isInList && Unsafe.Add(ref marked, current)))
            {
                break;
            }
            else if (form == JsonForm.Text)
            {
                end = position + TextLength(ref value, readable - position, member.IsNullable);
                if (end == position || end >= text.Length || !TryStore(text[position..end], member, block))
                {
                    break;
                }

                Unsafe.Add(ref marked, current) = true;
            }
            else
            {
                if (member.SingleColumn != column)
                {
                    column = member.SingleColumn;
                    slots = ref Unsafe.As<FixedColumn<float>>(block.Columns[column]).Slot(row);
                }

                ref float slot = ref Unsafe.Add(ref slots, member.Slot);
                uint word = Unsafe.ReadUnaligned<uint>(ref value);
                if (member.IsNullable && word == Words.Null)
                {
                    end = position + 4;
                    slot = float.NaN;
                }
                else if (form == JsonForm.Flag)
                {
                    bool isTrue = word == Words.True;
                    if (!(isTrue | ((word == Words.False) & (Unsafe.Add(ref value, 4) == 'e')))) // which of the two it is cannot be foreseen
                    {
                        break;
                    }

                    byte bit = Unsafe.BitCast<bool, byte>(isTrue);
                    end = position + 5 - bit;
                    slot = bit;
                }
                else if (position < NearNumber.Before)
                {
                    break;
                }
                else if (form == JsonForm.Number)
                {
                    int length = NearNumber.ReadSingle(ref value, out float number);
                    if (length == 0)
                    {
                        break;
                    }

                    end = position + length;
                    slot = number;
                }
                else
                {
                    int length = NearNumber.ReadInteger(ref value, out long integer);
                    if (length == 0 || (member.Type != ColumnType.Int64 && !(member.Type == ColumnType.Int32 ? integer == (int)integer : IntegerRange.Contains(member.Type, integer))))
                    {
                        break;
                    }

                    end = position + length;
                    slot = integer;
                }

                Unsafe.Add(ref marked, current) = true;
            }

            if (end == position || end >= text.Length)
            {
                break; // when the text ends within the value, what was stored is not its value
            }

            position = end;
            int next = member.Successor;
            isRead = true;
            if ((uint)next >= (uint)members.Length || position > last + NearNumber.After)
            {
                break;
            }

            JsonStep following = members[next];
            JsonLiteral name = isSpaced ? following.Spaced : following.Compact;
            if (!name.IsShort || !name.IsAt(ref Unsafe.Add(ref start, position)) || position + name.Length >= text.Length)
            {
                break;
            }

            position += name.Length;
            current = next;
            isRead = false;
        }

        at = position;
        index = current;
        return isRead;
    }

    /// <summary>Returns the length of a value without escapes or items, or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Skip(ref byte value, int readable)
    {
        if (value == '"')
        {
            return TextLength(ref value, readable);
        }

        uint word = Unsafe.ReadUnaligned<uint>(ref value);
        return word == Words.Null || word == Words.True ? 4
            : word == Words.False && Unsafe.Add(ref value, 4) == 'e' ? 5
            : NearNumber.Measure(ref value);
    }

    /// <summary>Returns the length of a text without escapes, or of null where that is allowed; otherwise 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TextLength(ref byte value, int readable, bool isNullable) =>
        value == '"' ? TextLength(ref value, readable)
        : isNullable && Unsafe.ReadUnaligned<uint>(ref value) == Words.Null ? 4
        : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TextLength(ref byte value, int readable)
    {
        for (int at = 1; at <= readable - Vector256<byte>.Count; at += Vector256<byte>.Count)
        {
            Vector256<byte> bytes = Vector256.LoadUnsafe(ref value, (nuint)at);
            uint ends = (Vector256.Equals(bytes, Vector256.Create((byte)'"')) | Vector256.Equals(bytes, Vector256.Create((byte)'\\')) | Vector256.LessThan(bytes, Vector256.Create((byte)' '))).ExtractMostSignificantBits();
            if (ends != 0)
            {
                at += BitOperations.TrailingZeroCount(ends);
                return Unsafe.Add(ref value, at) == '"' ? at + 1 : 0;
            }
        }

        return 0;
    }

    /// <summary>Stores a text between quotes, or a missing one; returns false when it is not valid UTF-8.</summary>
    private static bool TryStore(ReadOnlySpan<byte> value, JsonStep member, RowBlock block)
    {
        ReadOnlySpan<byte> utf8 = value[0] == '"' ? value[1..^1] : [];
        if (!Utf8.IsValid(utf8) || block.Columns[member.Targets[0].Column] is not TextColumn column)
        {
            return false;
        }

        column.SetText(block.Rows, member.Slot, utf8);
        return true;
    }

    /// <summary>The words of JSON as they lie in memory; of the longest, its beginning.</summary>
    private static class Words
    {
        public const uint Null = 'n' | ('u' << 8) | ('l' << 16) | ('l' << 24);
        public const uint True = 't' | ('r' << 8) | ('u' << 16) | ('e' << 24);
        public const uint False = 'f' | ('a' << 8) | ('l' << 16) | ('s' << 24);
    }
}

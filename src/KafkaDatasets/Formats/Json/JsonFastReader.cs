using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Json;

/// <summary>The fast way to read a JSON text: in a single pass without tokens, predicting that members follow each other as in the last record.</summary>
/// <remarks>It gives up on anything unusual or invalid; the text is then read again by <see cref="JsonPlainReader"/>, which supports everything and reports errors.</remarks>
internal ref struct JsonFastReader
{
    private static readonly SearchValues<byte> EndsOfText = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (byte)c), (byte)'"', (byte)'\\']);

    private readonly ReadOnlySpan<byte> _text;
    private readonly int _readable;
    private readonly Span<bool> _marks;
    private readonly Span<byte> _ranks;
    private readonly RowBlock _block;
    private readonly int _row;
    private int _at;
    private int _depth;
    private bool _isSpaced;

    /// <summary>Creates a reader.</summary>
    /// <param name="text">The text.</param>
    /// <param name="readable">The bytes from the start of the text on that may be looked at; what lies after the text does not matter.</param>
    /// <param name="marks">The buffer for the presence marks of members.</param>
    /// <param name="ranks">The ranks at which columns with several places were found, cleared.</param>
    /// <param name="block">The block.</param>
    public JsonFastReader(ReadOnlySpan<byte> text, int readable, Span<bool> marks, Span<byte> ranks, RowBlock block)
    {
        _text = text;
        _readable = readable;
        _marks = marks;
        _ranks = ranks;
        _block = block;
        _row = block.Rows;
    }

    /// <summary>Reads the text into the block's next row.</summary>
    /// <returns>False when it gives up.</returns>
    /// <exception cref="MalformedValueException">A value does not match its column.</exception>
    public bool TryRead(JsonStep root)
    {
        SkipBlanks();
        if (!TryValue(root))
        {
            return false;
        }

        SkipBlanks();
        return _at == _text.Length;
    }

    private bool TryValue(JsonStep step)
    {
        if ((uint)_at >= (uint)_text.Length)
        {
            return false;
        }

        byte first = _text[_at];
        switch (step.Kind)
        {
            case JsonKind.Scalar when !step.IsSkipped:
                return TryScalar(step, first);
            case JsonKind.Object when first == '{':
                return step.Field.OtherType is null && TryObject(step);
            case JsonKind.Object when step.Placed is { } placed:
                JsonScalars.Forget(placed, _ranks); // not an object, so the columns are not in this place
                return TrySkip();
            case JsonKind.List when first == '[':
                return TryList(step);
            default:
                return step.IsSkipped ? TrySkip() : first == 'n' && TryNull(step);
        }
    }

    private bool TryScalar(JsonStep step, byte first)
    {
        if ((uint)(first - '0') <= 9)
        {
            return TryNumber(step);
        }

        switch (first)
        {
            case (byte)'"':
                return TryString(step);
            case (byte)'n':
                return TryNull(step);
            case (byte)'t' when TryWord("true"u8):
                JsonScalars.StoreBoolean(step, true, _block);
                return true;
            case (byte)'f' when TryWord("false"u8):
                JsonScalars.StoreBoolean(step, false, _block);
                return true;
            case (byte)'-':
                return TryNumber(step) || TryWordOfNumber(step);
            default:
                return TryWordOfNumber(step);
        }
    }

    private bool TryNull(JsonStep step)
    {
        if (!JsonScalars.MayBeMissing(step) || !TryWord("null"u8))
        {
            return false;
        }

        JsonScalars.StoreMissing(step, _block);
        return true;
    }

    private bool TryNumber(JsonStep step)
    {
        ColumnType type = step.Type;
        if (type == ColumnType.Double)
        {
            int length = FastNumber.ReadDouble(_text[_at..], out double value);
            if (length > 0)
            {
                _at += length;
                Store(step, value);
                return true;
            }
        }
        else if (type == ColumnType.Single)
        {
            int length = FastNumber.ReadSingle(_text[_at..], out float value);
            if (length > 0)
            {
                _at += length;
                Store(step, value);
                return true;
            }
        }
        else if (type is >= ColumnType.Int8 and <= ColumnType.Int64)
        {
            int length = FastNumber.ReadInteger(_text[_at..], out long value);
            if (length > 0 && (type == ColumnType.Int64 || IntegerRange.Contains(type, value)))
            {
                _at += length;
                Store(step, value);
                return true;
            }
        }

        return TryAnyNumber(step);
    }

    private bool TryAnyNumber(JsonStep step)
    {
        ReadOnlySpan<byte> rest = _text[_at..];
        if (!FastNumber.TryRead(rest, out FastNumber number))
        {
            return false;
        }

        _at += number.Length;
        JsonScalars.StoreNumber(step, rest[..number.Length], _block);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Store(JsonStep step, double value)
    {
        if (step.SingleColumn >= 0)
        {
            Slot(step) = (float)value;
        }
        else
        {
            step.Targets.StoreNumber(value, _block);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Store(JsonStep step, long value)
    {
        if (step.SingleColumn >= 0)
        {
            Slot(step) = value;
        }
        else
        {
            step.Targets.StoreInteger(value, _block);
        }
    }

    private readonly ref float Slot(JsonStep step)
    {
        var column = Unsafe.As<FixedColumn<float>>(_block.Columns[step.SingleColumn]);
        return ref column.Values[(_row * column.Width) + step.Targets[0].Slot];
    }

    /// <summary>Reads NaN and infinity, which are not valid JSON but are often written.</summary>
    private bool TryWordOfNumber(JsonStep step)
    {
        int start = _at;
        if (!TryWord("NaN"u8) && !TryWord("Infinity"u8) && !TryWord("-Infinity"u8))
        {
            return false;
        }

        JsonScalars.StoreWord(step, _text[start.._at], _block);
        return true;
    }

    private bool TryString(JsonStep step)
    {
        if (!TryText(out ReadOnlySpan<byte> text, out bool isEscaped))
        {
            return false;
        }

        if (!isEscaped)
        {
            JsonScalars.StoreString(step, text, _block);
            return true;
        }

        byte[] unescaped = ArrayPool<byte>.Shared.Rent(text.Length);
        try
        {
            if (!JsonEscapes.TryUnescape(text, unescaped, out int length))
            {
                return false;
            }

            JsonScalars.StoreString(step, unescaped.AsSpan(0, length), _block);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unescaped);
        }
    }

    private bool TryList(JsonStep step)
    {
        if (++_depth > JsonPlan.MaxFastDepth)
        {
            return false;
        }

        JsonStep item = step.Members[0];
        int count = 0;
        step.Targets.BeginList(_block);
        _at++;
        SkipBlanks();
        if (!TryByte((byte)']'))
        {
            while (true)
            {
                if ((++count > step.Field.Size && step.Field.Size > 0) || !TryValue(item))
                {
                    return false;
                }

                SkipBlanks();
                if (TryByte((byte)','))
                {
                    SkipBlanks();
                }
                else if (TryByte((byte)']'))
                {
                    break;
                }
                else
                {
                    return false;
                }
            }
        }

        if (count < step.Field.Size)
        {
            return false;
        }

        _depth--;
        step.Targets.EndList(_block);
        step.Lengths.StoreInteger((long)count, _block);
        return true;
    }

    private bool TryObject(JsonStep step)
    {
        if (++_depth > JsonPlan.MaxFastDepth)
        {
            return false;
        }

        JsonStep[] members = step.Members;
        Span<bool> marks = _marks.Slice(step.Marks, members.Length);
        marks.Clear();
        if (step.Placed is { } placed)
        {
            JsonScalars.Forget(placed, _ranks);
        }

        int index = step.First;
        bool isOpened = (uint)index < (uint)members.Length && TryExpected(members[index].Opening);
        if (!isOpened)
        {
            _at++;
            SkipBlanks();
        }

        if (isOpened || !TryByte((byte)'}'))
        {
            if (!isOpened && !TryName(step, step.First, out index))
            {
                return false;
            }

            step.First = index >= 0 ? index : step.First;
            JsonStep? previous = null;
            while (true)
            {
                bool isRead = index >= 0 && BitConverter.IsLittleEndian && JsonRun.Read(_text, _readable, ref _at, step, marks, _block, _isSpaced, ref index);
                if (index >= 0)
                {
                    previous = members[index];
                }

                if (!isRead)
                {
                    SkipBlanks();
                    if (index < 0 ? !TrySkip() : !TryMember(previous!, ref marks[index], step.Depth > 0))
                    {
                        return false;
                    }
                }

                int guess = previous is null ? -1 : previous.Successor;
                if ((uint)guess < (uint)members.Length && TryExpected(_isSpaced ? members[guess].Spaced : members[guess].Compact))
                {
                    index = guess;
                    continue;
                }

                SkipBlanks();
                if (TryByte((byte)'}'))
                {
                    break;
                }

                int comma = _at;
                if (!TryByte((byte)','))
                {
                    return false;
                }

                SkipBlanks();
                _isSpaced = _at == comma + 2;
                if (!TryName(step, guess, out index))
                {
                    return false;
                }

                if (index >= 0 && previous is not null && index != guess)
                {
                    previous.Successor = index;
                }
            }
        }

        _depth--;
        if (marks[..step.ReadMembers].Contains(false))
        {
            string? field = null;
            JsonScalars.StoreAbsent(step, marks, _block, ref field);
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryMember(JsonStep member, ref bool mark, bool isInList)
    {
        if (member.IsSkipped)
        {
            return TrySkip();
        }

        if (mark && isInList)
        {
            return false;
        }

        mark = true;
        return member.Column < 0 || JsonScalars.IsPlaced(member, _ranks) ? TryValue(member) : TrySkip();
    }

    /// <summary>Reads the name of the member that is expected next, with what surrounds it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryExpected(JsonLiteral literal)
    {
        if (!literal.Begins(_text[_at..]))
        {
            return false;
        }

        _at += literal.Length;
        if ((uint)_at < (uint)_text.Length && _text[_at] <= ' ')
        {
            SkipBlanks();
        }

        return true;
    }

    /// <summary>Reads a member's name and the colon after it.</summary>
    private bool TryName(JsonStep step, int guess, out int index)
    {
        index = -1;
        if ((uint)_at >= (uint)_text.Length || _text[_at] != '"' || !TryText(out ReadOnlySpan<byte> name, out bool isEscaped) || isEscaped)
        {
            return false;
        }

        index = step.Names.IndexOf(name, guess);
        SkipBlanks();
        if (!TryByte((byte)':'))
        {
            return false;
        }

        SkipBlanks();
        return true;
    }

    /// <summary>Skips a value by its structure alone.</summary>
    private bool TrySkip()
    {
        if ((uint)_at >= (uint)_text.Length)
        {
            return false;
        }

        switch (_text[_at])
        {
            case (byte)'"':
                return TryText(out _, out _);
            case (byte)'{':
                return TrySkipItems((byte)'}', hasNames: true);
            case (byte)'[':
                return TrySkipItems((byte)']', hasNames: false);
            case (byte)'t':
                return TryWord("true"u8);
            case (byte)'f':
                return TryWord("false"u8);
            case (byte)'n':
                return TryWord("null"u8);
            case (byte)'N':
                return TryWord("NaN"u8);
            case (byte)'I':
                return TryWord("Infinity"u8);
            default:
                return TrySkipNumber() || TryWord("-Infinity"u8);
        }
    }

    private bool TrySkipItems(byte end, bool hasNames)
    {
        if (++_depth > JsonPlan.MaxFastDepth)
        {
            return false;
        }

        _at++;
        SkipBlanks();
        if (!TryByte(end))
        {
            do
            {
                SkipBlanks();
                if (hasNames)
                {
                    if ((uint)_at >= (uint)_text.Length || _text[_at] != '"' || !TryText(out _, out _))
                    {
                        return false;
                    }

                    SkipBlanks();
                    if (!TryByte((byte)':'))
                    {
                        return false;
                    }

                    SkipBlanks();
                }

                if (!TrySkip())
                {
                    return false;
                }

                SkipBlanks();
            }
            while (TryByte((byte)','));

            if (!TryByte(end))
            {
                return false;
            }
        }

        _depth--;
        return true;
    }

    private bool TrySkipNumber()
    {
        int at = _at;
        at += (uint)at < (uint)_text.Length && _text[at] == '-' ? 1 : 0;
        int first = at;
        at = EndOfDigits(at);
        if (at == first || (at > first + 1 && _text[first] == '0'))
        {
            return false;
        }

        if ((uint)at < (uint)_text.Length && _text[at] == '.')
        {
            int point = at + 1;
            at = EndOfDigits(point);
            if (at == point)
            {
                return false;
            }
        }

        if ((uint)at < (uint)_text.Length && (_text[at] | 0x20) == 'e')
        {
            at++;
            at += (uint)at < (uint)_text.Length && _text[at] is (byte)'+' or (byte)'-' ? 1 : 0;
            int exponent = at;
            at = EndOfDigits(at);
            if (at == exponent)
            {
                return false;
            }
        }

        _at = at;
        return true;
    }

    private readonly int EndOfDigits(int at) => FastNumber.EndOfDigits(_text, at);

    /// <summary>Reads a string's content between its quotes.</summary>
    private bool TryText(out ReadOnlySpan<byte> text, out bool isEscaped)
    {
        int start = _at + 1;
        int at = start;
        isEscaped = false;
        text = default;
        while (true)
        {
            at = EndOfText(at);
            if (at < 0)
            {
                return false;
            }

            if (_text[at] == '"')
            {
                text = _text[start..at];
                _at = at + 1;
                return true;
            }

            int escape = _text[at] == '\\' ? JsonEscapes.Length(_text[at..]) : 0;
            if (escape == 0)
            {
                return false;
            }

            isEscaped = true;
            at += escape;
        }
    }

    /// <summary>Returns the next position in a string of its end, an escape or a control character, or −1 when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int EndOfText(int at)
    {
        if (Vector128.IsHardwareAccelerated && _text.Length - at >= Vector128<byte>.Count)
        {
            Vector128<byte> bytes = Vector128.Create(_text[at..]);
            Vector128<byte> ends = Vector128.Equals(bytes, Vector128.Create((byte)'"')) | Vector128.Equals(bytes, Vector128.Create((byte)'\\')) | Vector128.LessThan(bytes, Vector128.Create((byte)' '));
            uint mask = ends.ExtractMostSignificantBits();
            if (mask != 0)
            {
                return at + BitOperations.TrailingZeroCount(mask);
            }

            at += Vector128<byte>.Count;
        }

        int length = _text[at..].IndexOfAny(EndsOfText);
        return length < 0 ? -1 : at + length;
    }

    private bool TryWord(ReadOnlySpan<byte> word)
    {
        if (!_text[_at..].StartsWith(word))
        {
            return false;
        }

        _at += word.Length;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryByte(byte expected)
    {
        if ((uint)_at >= (uint)_text.Length || _text[_at] != expected)
        {
            return false;
        }

        _at++;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SkipBlanks()
    {
        while ((uint)_at < (uint)_text.Length && _text[_at] <= ' ' && _text[_at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            _at++;
        }
    }
}

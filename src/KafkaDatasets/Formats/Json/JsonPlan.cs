using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Json;

/// <summary>
/// Reads a JSON text (RFC 8259) straight into the columns. Members without a column are passed over; of two members of one name the last counts;
/// a member that is not there, or null, is missing where the schema lets it be, and an error where it does not.
/// </summary>
internal sealed class JsonPlan : PartPlan
{
    /// <summary>How deep objects and arrays may lie in one another.</summary>
    private const int MaxDepth = 128;

    private const int DateLength = 10;

    /// <summary>How long a time may be, escapes included.</summary>
    private const int MaxTimeLength = 256;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    private readonly JsonStep _root;
    private readonly int _marks;

    /// <summary>Compiles a plan.</summary>
    /// <param name="root">The object.</param>
    /// <param name="layout">The columns of the blocks.</param>
    /// <exception cref="IncompatibleSchemaException">A label cannot be made of its field.</exception>
    public JsonPlan(JsonField root, PartLayout layout)
        : base(layout)
    {
        _root = Step(root, layout, 0, ref _marks);
    }

    protected override void Read(ReadOnlySpan<byte> value, RowBlock block, ref string? field)
    {
        var reader = new Utf8JsonReader(value, Options);
        Span<bool> marks = stackalloc bool[_marks];
        field = "";
        try
        {
            reader.Read();
            Store(_root, ref reader, marks, block, ref field);
            field = "";
            while (reader.Read())
            {
                // only blanks may follow, else it throws
            }
        }
        catch (JsonException e)
        {
            throw new MalformedValueException($"the {Part} is no JSON text: {e.Message}");
        }
    }

    private static JsonStep Step(JsonField field, PartLayout layout, int depth, ref int marks)
    {
        if (field.Kind == JsonKind.Scalar)
        {
            return new JsonStep(field, layout.Values(field.Path, field.Type), depth) { Symbols = [.. (field.Symbols ?? []).Select(Encoding.UTF8.GetBytes)] };
        }

        bool isList = field.Kind == JsonKind.List;
        int first = marks;
        marks += field.Members.Count;
        var members = new List<JsonStep>();
        foreach (JsonField member in field.Members)
        {
            members.Add(Step(member, layout, isList ? depth + 1 : depth, ref marks));
        }

        return new JsonStep(field, isList && depth == 0 ? [.. members.SelectMany(All)] : [], depth)
        {
            Lengths = isList ? layout.Targets.Lengths(field.Path, depth) : [],
            Members = [.. members],
            Names = new NameTable([.. field.Members.Select(m => m.Name)]),
            Marks = first,
        };
    }

    private static IEnumerable<ColumnTarget> All(JsonStep step) => [.. step.Targets, .. step.Lengths, .. step.Members.SelectMany(All)];

    private static void Store(JsonStep step, ref Utf8JsonReader reader, scoped Span<bool> marks, RowBlock block, ref string? field)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null when step.Field.AllowsNull:
                StoreMissing(step, block);
                break;
            case JsonTokenType.StartObject when step.Field.Kind == JsonKind.Object:
                StoreObject(step, ref reader, marks, block, ref field);
                break;
            case JsonTokenType.StartArray when step.Field.Kind == JsonKind.List:
                StoreList(step, ref reader, marks, block, ref field);
                break;
            case var token when step.Field.Kind == JsonKind.Scalar:
                StoreScalar(step, token, ref reader, block);
                break;
            default:
                throw Unfit(step, ref reader);
        }
    }

    /// <summary>JSON has no infinity: <see cref="WriteFormat.Json"/> writes this number for it. Others that are too large are no values of the column.</summary>
    private static double Infinity(ref Utf8JsonReader reader) =>
        reader.ValueSpan.SequenceEqual(JsonText.PositiveInfinity) ? double.PositiveInfinity
        : reader.ValueSpan.SequenceEqual(JsonText.NegativeInfinity) ? double.NegativeInfinity
        : throw OutOfRange(ref reader);

    private static void StoreScalar(JsonStep step, JsonTokenType token, ref Utf8JsonReader reader, RowBlock block)
    {
        switch (step.Field.Type, token)
        {
            case (ColumnType.Boolean, JsonTokenType.True or JsonTokenType.False):
                step.Targets.StoreInteger(token == JsonTokenType.True ? 1 : 0, block);
                break;
            case (ColumnType.Single, JsonTokenType.Number):
                step.Targets.StoreNumber(reader.TryGetSingle(out float single) && float.IsFinite(single) ? single : Infinity(ref reader), block);
                break;
            case (ColumnType.Double, JsonTokenType.Number):
                step.Targets.StoreNumber(reader.TryGetDouble(out double number) && double.IsFinite(number) ? number : Infinity(ref reader), block);
                break;
            case (ColumnType.UInt64, JsonTokenType.Number):
                step.Targets.StoreInteger(Unsigned(ref reader), block);
                break;
            case ( >= ColumnType.Int8 and <= ColumnType.Int64, JsonTokenType.Number):
                step.Targets.StoreInteger(Integer(ref reader, step.Field.Type), block);
                break;
            case (ColumnType.Text, JsonTokenType.String):
                StoreText(step, ref reader, block);
                break;
            case (ColumnType.Key, JsonTokenType.String):
                StoreSymbol(step, ref reader, block);
                break;
            case ( >= ColumnType.DateTime and <= ColumnType.TimeSpan, JsonTokenType.String):
                step.Targets.StoreTicks(Ticks(step.Field, ref reader), block);
                break;
            default:
                throw Unfit(step, ref reader);
        }
    }

    private static void StoreList(JsonStep step, ref Utf8JsonReader reader, scoped Span<bool> marks, RowBlock block, ref string? field)
    {
        JsonStep item = step.Members[0];
        int count = 0;
        step.Targets.BeginList(block);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (++count > step.Field.Size && step.Field.Size > 0)
            {
                throw new MalformedValueException($"the list has more than {step.Field.Size} items");
            }

            Store(item, ref reader, marks, block, ref field);
        }

        if (count < step.Field.Size)
        {
            throw new MalformedValueException($"the list has {count} items, not {step.Field.Size}");
        }

        step.Targets.EndList(block);
        step.Lengths.StoreInteger((long)count, block);
        field = step.Field.Path;
    }

    private static void StoreObject(JsonStep step, ref Utf8JsonReader reader, scoped Span<bool> allMarks, RowBlock block, ref string? field)
    {
        Span<bool> marks = allMarks.Slice(step.Marks, step.Members.Length);
        marks.Clear();
        int next = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int index = reader.ValueIsEscaped ? IndexOfEscaped(step, ref reader) : step.Names.IndexOf(reader.ValueSpan, next);
            if (index < 0)
            {
                reader.Skip();
                continue;
            }

            JsonStep member = step.Members[index];
            field = member.Field.Path;
            if (marks[index] && step.Depth > 0)
            {
                throw new MalformedValueException("the member is there twice in an item of a list");
            }

            next = index + 1;
            marks[index] = true;
            reader.Read();
            Store(member, ref reader, allMarks, block, ref field);
        }

        for (int i = 0; i < marks.Length; i++)
        {
            if (!marks[i])
            {
                JsonStep member = step.Members[i];
                if (member.Field.IsRequired)
                {
                    field = member.Field.Path;
                    throw new MalformedValueException("the member is not there, which the schema requires");
                }

                StoreMissing(member, block);
            }
        }

        field = step.Field.Path;
    }

    private static int IndexOfEscaped(JsonStep step, ref Utf8JsonReader reader)
    {
        for (int i = 0; i < step.Members.Length; i++)
        {
            if (Equals(ref reader, step.Members[i].Field.Name))
            {
                return i;
            }
        }

        return -1;
    }

    private static void StoreMissing(JsonStep step, RowBlock block)
    {
        if (step.Field.Kind == JsonKind.List)
        {
            step.Targets.StoreMissingList(block);
            step.Lengths.StoreMissing(block);
            return;
        }

        step.Targets.StoreMissing(block);
        foreach (JsonStep member in step.Members)
        {
            StoreMissing(member, block);
        }
    }

    private static void StoreText(JsonStep step, ref Utf8JsonReader reader, RowBlock block)
    {
        if (!reader.ValueIsEscaped)
        {
            step.Targets.StoreText(reader.ValueSpan, block);
            return;
        }

        byte[] unescaped = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            int length = reader.CopyString(unescaped);
            step.Targets.StoreText(unescaped.AsSpan(0, length), block);
        }
        catch (InvalidOperationException e)
        {
            throw NoText(e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unescaped);
        }
    }

    private static bool Equals(ref Utf8JsonReader reader, string text)
    {
        try
        {
            return reader.ValueTextEquals(text);
        }
        catch (InvalidOperationException e)
        {
            throw NoText(e);
        }
    }

    private static MalformedValueException NoText(InvalidOperationException cause) => new($"the text is not valid: {cause.Message}");

    private static void StoreSymbol(JsonStep step, ref Utf8JsonReader reader, RowBlock block)
    {
        for (int i = 0; i < step.Symbols.Length; i++)
        {
            if (Equals(ref reader, step.Field.Symbols![i]))
            {
                step.Targets.StoreSymbol(i, step.Symbols[i], block);
                return;
            }
        }

        throw new MalformedValueException($"{Shown(ref reader)} is none of the enum's {step.Symbols.Length} values");
    }

    /// <summary>An integer, which may be written with a fraction or an exponent (JSON Schema: "any number with a zero fractional part").</summary>
    private static long Integer(ref Utf8JsonReader reader, ColumnType type)
    {
        if (!reader.TryGetInt64(out long value))
        {
            decimal number = Whole(ref reader);
            value = number >= long.MinValue && number <= long.MaxValue ? (long)number : throw OutOfRange(ref reader);
        }

        return IntegerRange.Contains(type, value) ? value : throw OutOfRange(ref reader);
    }

    private static ulong Unsigned(ref Utf8JsonReader reader)
    {
        if (reader.TryGetUInt64(out ulong value))
        {
            return value;
        }

        decimal number = Whole(ref reader);
        return number >= 0 && number <= ulong.MaxValue ? (ulong)number : throw OutOfRange(ref reader);
    }

    private static decimal Whole(ref Utf8JsonReader reader) =>
        decimal.TryParse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) && decimal.IsInteger(number)
            ? number
            : throw new MalformedValueException($"{Shown(ref reader)} is no integer of 64 bits");

    /// <summary>A time by its ticks.</summary>
    private static long Ticks(JsonField field, ref Utf8JsonReader reader)
    {
        Span<byte> unescaped = stackalloc byte[MaxTimeLength];
        scoped ReadOnlySpan<byte> text = reader.ValueSpan;
        try
        {
            text = !reader.ValueIsEscaped ? text : text.Length <= unescaped.Length ? unescaped[..reader.CopyString(unescaped)] : [];
        }
        catch (InvalidOperationException e)
        {
            throw NoText(e);
        }

        bool isRead;
        long ticks;
        switch (field.Type, field.Form)
        {
            case (ColumnType.DateTimeOffset, _):
                isRead = reader.TryGetDateTimeOffset(out DateTimeOffset time) && HasOffset(text);
                ticks = time.UtcTicks;
                break;
            case (ColumnType.DateTime, var form):
                isRead = reader.TryGetDateTime(out DateTime date) && date.Kind == DateTimeKind.Unspecified && (form == JsonTimeForm.Any || form == JsonTimeForm.Date == (text.Length == DateLength));
                ticks = date.Ticks;
                break;
            case (_, JsonTimeForm.TimeOfDay):
                isRead = TimeText.TryReadTimeOfDay(text, out ticks);
                break;
            default:
                isRead = TimeText.TryReadSpan(text, out ticks);
                break;
        }

        return isRead ? ticks : throw NoTime(field, ref reader);
    }

    /// <summary>Whether a time ends with its offset from UTC, without which it would be read as local.</summary>
    private static bool HasOffset(ReadOnlySpan<byte> time) => time is [.., (byte)'Z'] or [.., (byte)'+' or (byte)'-', _, _, (byte)':', _, _];

    private static MalformedValueException NoTime(JsonField field, ref Utf8JsonReader reader) => new($"{Shown(ref reader)} is no " + (field.Type, field.Form) switch
    {
        (ColumnType.DateTimeOffset, _) => "date-time of RFC 3339",
        (ColumnType.DateTime, JsonTimeForm.Date) => "full-date of RFC 3339",
        (ColumnType.DateTime, _) => "date-time of RFC 3339 without its offset",
        (_, JsonTimeForm.TimeOfDay) => "partial-time or full-time of RFC 3339",
        _ => "duration of ISO 8601 without years and months (P1DT2H), nor a time span of .NET (1.02:00:00)",
    });

    private static MalformedValueException OutOfRange(ref Utf8JsonReader reader) => new($"{Shown(ref reader)} is out of the column's range");

    private static MalformedValueException Unfit(JsonStep step, ref Utf8JsonReader reader)
    {
        string expected = (step.Field.Kind, step.Field.Type) switch
        {
            (JsonKind.Object, _) => "an object",
            (JsonKind.List, _) => "an array",
            (_, ColumnType.Boolean) => "a Boolean",
            (_, >= ColumnType.Int8 and <= ColumnType.UInt64) => "an integer",
            (_, ColumnType.Single or ColumnType.Double) => "a number",
            _ => "a text",
        };
        string found = reader.TokenType switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "an array",
            _ => Shown(ref reader),
        };
        return new MalformedValueException($"{found} stands where the schema has {expected}");
    }

    /// <summary>A value as a message shows it: no more than its beginning.</summary>
    private static string Shown(ref Utf8JsonReader reader)
    {
        ReadOnlySpan<byte> value = reader.ValueSpan;
        string text = Encoding.UTF8.GetString(value.Length > 32 ? value[..32] : value) + (value.Length > 32 ? "…" : "");
        return reader.TokenType == JsonTokenType.String ? $"the text \"{text}\"" : text;
    }
}

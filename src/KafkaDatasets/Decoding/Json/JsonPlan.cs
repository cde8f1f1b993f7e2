using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding.Json;

/// <summary>
/// Reads a JSON text (RFC 8259) straight into the columns. Members without a column are passed over; of two members of one name the last counts;
/// a member that is not there, or null, is missing where the schema lets it be, and an error where it does not.
/// </summary>
internal sealed class JsonPlan : ValuePlan
{
    /// <summary>How deep objects and arrays may lie in one another.</summary>
    private const int MaxDepth = 128;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    private readonly JsonStep _root;
    private readonly int _marks;

    /// <summary>Compiles a plan.</summary>
    /// <param name="root">The object.</param>
    /// <param name="layout">The columns of the blocks.</param>
    /// <exception cref="IncompatibleSchemaException">A label cannot be made of its field.</exception>
    public JsonPlan(JsonField root, IReadOnlyList<BlockColumn> layout)
        : base(layout)
    {
        _root = Step(root, ColumnTargets.Of(layout), ref _marks);
    }

    public override void Decode(ReadOnlySpan<byte> value, RowBlock block, ref string? field)
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
            throw new MalformedValueException($"the value is no JSON text: {e.Message}");
        }
        catch (InvalidOperationException e)
        {
            throw new MalformedValueException($"a text is not valid: {e.Message}");
        }

        CheckBinaryLabels(block, ref field);
    }

    private static JsonStep Step(JsonField field, ILookup<string, ColumnTarget> targets, ref int marks)
    {
        if (field.Kind != JsonKind.Object)
        {
            ColumnTarget[] own = [.. targets[field.Path]];
            return field.Kind is JsonKind.Single or JsonKind.Double && Array.Exists(own, t => t.Categories is not null)
                ? throw new IncompatibleSchemaException(field.Path, "a floating-point number is no category")
                : new JsonStep(field, own) { Symbols = [.. (field.Symbols ?? []).Select(Encoding.UTF8.GetBytes)] };
        }

        int first = marks;
        marks += field.Members.Count;
        var members = new List<JsonStep>();
        foreach (JsonField member in field.Members)
        {
            members.Add(Step(member, targets, ref marks));
        }

        return new JsonStep(field, []) { Members = [.. members], Names = new NameTable([.. field.Members.Select(m => m.Name)]), Marks = first };
    }

    private static void Store(JsonStep step, ref Utf8JsonReader reader, scoped Span<bool> marks, RowBlock block, ref string? field)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            if (!step.Field.AllowsNull)
            {
                throw Unfit(step, ref reader);
            }

            StoreMissing(step, block);
            return;
        }

        switch (step.Field.Kind)
        {
            case JsonKind.Object when reader.TokenType == JsonTokenType.StartObject:
                StoreObject(step, ref reader, marks, block, ref field);
                break;
            case JsonKind.Boolean when reader.TokenType is JsonTokenType.True or JsonTokenType.False:
                step.Targets.StoreInteger(reader.TokenType == JsonTokenType.True ? 1 : 0, block);
                break;
            case JsonKind.Int64 when reader.TokenType == JsonTokenType.Number:
                step.Targets.StoreInteger(Integer(ref reader, long.MinValue, long.MaxValue), block);
                break;
            case JsonKind.Int32 when reader.TokenType == JsonTokenType.Number:
                step.Targets.StoreInteger(Integer(ref reader, int.MinValue, int.MaxValue), block);
                break;
            case JsonKind.Single when reader.TokenType == JsonTokenType.Number:
                step.Targets.StoreNumber(reader.TryGetSingle(out float single) && float.IsFinite(single) ? single : throw OutOfRange(ref reader), block);
                break;
            case JsonKind.Double when reader.TokenType == JsonTokenType.Number:
                step.Targets.StoreNumber(reader.TryGetDouble(out double number) && double.IsFinite(number) ? number : throw OutOfRange(ref reader), block);
                break;
            case JsonKind.Text when reader.TokenType == JsonTokenType.String:
                StoreText(step, ref reader, block);
                break;
            case JsonKind.Enum when reader.TokenType == JsonTokenType.String:
                StoreSymbol(step, ref reader, block);
                break;
            default:
                throw Unfit(step, ref reader);
        }
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

            next = index + 1;
            marks[index] = true;
            JsonStep member = step.Members[index];
            field = member.Field.Path;
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
            if (reader.ValueTextEquals(step.Members[i].Field.Name))
            {
                return i;
            }
        }

        return -1;
    }

    private static void StoreMissing(JsonStep step, RowBlock block)
    {
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
            step.Targets.StoreText(unescaped.AsSpan(0, reader.CopyString(unescaped)), block);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unescaped);
        }
    }

    private static void StoreSymbol(JsonStep step, ref Utf8JsonReader reader, RowBlock block)
    {
        for (int i = 0; i < step.Symbols.Length; i++)
        {
            if (reader.ValueTextEquals(step.Symbols[i]))
            {
                step.Targets.StoreSymbol(i, step.Symbols[i], block);
                return;
            }
        }

        throw new MalformedValueException($"{Shown(ref reader)} is none of the enum's {step.Symbols.Length} values");
    }

    /// <summary>An integer, which may be written with a fraction or an exponent (JSON Schema: "any number with a zero fractional part").</summary>
    private static long Integer(ref Utf8JsonReader reader, long min, long max)
    {
        if (!reader.TryGetInt64(out long value))
        {
            bool isWhole = decimal.TryParse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) && decimal.IsInteger(number);
            value = isWhole && number >= long.MinValue && number <= long.MaxValue
                ? (long)number
                : throw new MalformedValueException($"{Shown(ref reader)} is no integer of 64 bits");
        }

        return value >= min && value <= max ? value : throw OutOfRange(ref reader);
    }

    private static MalformedValueException OutOfRange(ref Utf8JsonReader reader) => new($"{Shown(ref reader)} is out of the column's range");

    private static MalformedValueException Unfit(JsonStep step, ref Utf8JsonReader reader)
    {
        string expected = step.Field.Kind switch
        {
            JsonKind.Object => "an object",
            JsonKind.Boolean => "a Boolean",
            JsonKind.Int32 or JsonKind.Int64 => "an integer",
            JsonKind.Single or JsonKind.Double => "a number",
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

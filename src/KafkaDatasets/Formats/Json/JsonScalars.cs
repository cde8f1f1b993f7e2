using System.Diagnostics;
using System.Text;
using System.Text.Unicode;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Json;

/// <summary>Stores JSON values in their columns; both ways of reading a text use it.</summary>
internal static class JsonScalars
{
    private const int ShownBytes = 32;

    /// <summary>Stores a number.</summary>
    /// <param name="step">The step with the targets.</param>
    /// <param name="text">The number as it is written.</param>
    /// <param name="block">The block.</param>
    /// <exception cref="MalformedValueException">The column does not accept such values.</exception>
    public static void StoreNumber(JsonStep step, ReadOnlySpan<byte> text, RowBlock block)
    {
        switch (step.Field.Type)
        {
            case ColumnType.Single:
                ExactNumber.Store(step.Targets, NumberText.TryReadSingle(text, out float single) ? single : throw OutOfRange(text), text, block);
                break;
            case ColumnType.Double:
                ExactNumber.Store(step.Targets, NumberText.TryReadDouble(text, out double number) ? number : throw OutOfRange(text), text, block);
                break;
            case ColumnType.UInt64:
                step.Targets.StoreInteger(NumberText.TryReadUnsigned(text, out ulong unsigned) ? unsigned : throw NoInteger(text), block);
                break;
            case >= ColumnType.Int8 and <= ColumnType.Int64:
                step.Targets.StoreInteger(NumberText.TryReadInteger(text, step.Field.Type, out long integer) ? integer : throw NoInteger(text), block);
                break;
            case ColumnType.DateTime or ColumnType.DateTimeOffset or ColumnType.TimeSpan when step.Field.Unit is { } unit:
                step.Targets.StoreTicks(TryReadCount(step.Field, text, unit, out long ticks) ? ticks : throw OutOfRange(text), block);
                break;
            case ColumnType.DateTime or ColumnType.DateTimeOffset or ColumnType.TimeSpan:
                throw new MalformedValueException($"{Expected(step.Field)} is expected, not the number {Beginning(text)}: if it counts a unit of time, declare the column with {nameof(DatasetColumn)}.{nameof(DatasetColumn.Unit)}");
            case ColumnType.Boolean:
                step.Targets.StoreInteger(NumberText.TryReadBoolean(text, out bool flag) ? flag ? 1 : 0 : throw Unfit(step.Field, Beginning(text)), block);
                break;
            default:
                throw Unfit(step.Field, Beginning(text));
        }
    }

    /// <summary>Stores NaN or infinity that is written without quotes, which is a number.</summary>
    /// <param name="step">The step with the targets.</param>
    /// <param name="word">The word, with its sign.</param>
    /// <param name="block">The block.</param>
    /// <exception cref="MalformedValueException">The column does not accept such values.</exception>
    public static void StoreWord(JsonStep step, ReadOnlySpan<byte> word, RowBlock block)
    {
        if (step.Field.Type is ColumnType.Text or ColumnType.Key)
        {
            throw Unfit(step.Field, Beginning(word));
        }

        StoreString(step, word, block);
    }

    /// <summary>Stores a string: as text, or converted if the column is of another type.</summary>
    /// <param name="step">The step with the targets.</param>
    /// <param name="text">The string, unescaped.</param>
    /// <param name="block">The block.</param>
    /// <exception cref="MalformedValueException">The column does not accept such values.</exception>
    public static void StoreString(JsonStep step, ReadOnlySpan<byte> text, RowBlock block)
    {
        JsonField field = step.Field;
        if (field.Type == ColumnType.Text)
        {
            step.Targets.StoreText(Utf8.IsValid(text) ? text : throw Utf8Text.Malformed(text), block);
            return;
        }

        if (field.Type == ColumnType.Key && TryStoreSymbol(step, text, block))
        {
            return;
        }

        if (text.IsEmpty && MayBeMissing(step))
        {
            StoreMissing(step, block);
            return;
        }

        switch (field.Type)
        {
            case ColumnType.Boolean:
                step.Targets.StoreInteger(NumberText.TryReadBoolean(text, out bool flag) ? flag ? 1 : 0 : throw Unfit(field, Quoted(text)), block);
                break;
            case ColumnType.Single or ColumnType.Double when field.DecimalScale is { } scale && !JsonWords.IsWord(text) && !(text.Contains((byte)'.') && NumberText.IsNumber(text)):
                if (!Base64Decimal.TryStore(text, scale, step.Targets, block))
                {
                    throw NoDecimal(text);
                }

                break;
            case ColumnType.Single:
                ExactNumber.Store(step.Targets, NumberText.TryReadSingle(text, out float single) ? single : NumberText.TryReadFlag(text, out double flagged) ? flagged : throw NoNumber(field, text), text, block);
                break;
            case ColumnType.Double:
                ExactNumber.Store(step.Targets, NumberText.TryReadDouble(text, out double number) || NumberText.TryReadFlag(text, out number) ? number : throw NoNumber(field, text), text, block);
                break;
            case >= ColumnType.Int8 and <= ColumnType.UInt64 when MayBeMissing(step) && Ascii.EqualsIgnoreCase(text, "nan"u8):
                StoreMissing(step, block);
                break;
            case ColumnType.UInt64:
                step.Targets.StoreInteger(NumberText.TryReadUnsigned(text, out ulong unsigned) ? unsigned : throw NoNumber(field, text), block);
                break;
            case >= ColumnType.Int8 and <= ColumnType.Int64:
                step.Targets.StoreInteger(NumberText.TryReadInteger(text, field.Type, out long integer) ? integer : throw NoNumber(field, text), block);
                break;
            case ColumnType.DateTime or ColumnType.DateTimeOffset or ColumnType.TimeSpan:
                step.Targets.StoreTicks(TryReadTime(field, text, out long ticks) ? ticks : throw Unfit(field, Quoted(text)), block);
                break;
            default:
                throw new MalformedValueException($"{Quoted(text)} is not one of the {step.Symbols.Length} values of the enum");
        }
    }

    /// <summary>Stores a Boolean; in a floating-point column, which also holds Booleans that may be missing, it is 1 or 0.</summary>
    /// <exception cref="MalformedValueException">The column is of another type.</exception>
    public static void StoreBoolean(JsonStep step, bool value, RowBlock block) =>
        step.Targets.StoreInteger(step.Field.Type is ColumnType.Boolean or ColumnType.Single or ColumnType.Double && step.Field.DecimalScale is null ? value ? 1 : 0 : throw Unfit(step.Field, value ? "true" : "false"), block);

    /// <summary>Whether the value may be null. A null in a list may be a missing value, an empty list, or an object without members, where each of these may be; of a choice, no type has a value.</summary>
    public static bool MayBeMissing(JsonStep step) =>
        step.Field.MayBeMissing || (step.Depth > 0 && step.Field.Name.Length == 0 && step.Field.Kind switch
        {
            JsonKind.Scalar => MissingValues.Has(step.Field.Type),
            JsonKind.List => step.Field.Size == 0,
            JsonKind.Object => !Array.Exists(step.Members, static m => m.Field.IsRequired), // those that are skipped are not
            JsonKind.Choice => true,
            _ => throw new UnreachableException($"{step.Field.Kind} is not a shape of JSON values."),
        });

    /// <summary>Stores a missing value.</summary>
    public static void StoreMissing(JsonStep step, RowBlock block)
    {
        string? field = null;
        StoreMissing(step, block, ref field);
    }

    /// <summary>Stores a missing value.</summary>
    /// <param name="step">The value; of an object, those of its members.</param>
    /// <param name="block">The block.</param>
    /// <param name="field">The member that was being stored when an exception is thrown, because a column has no missing values.</param>
    public static void StoreMissing(JsonStep step, RowBlock block, ref string? field)
    {
        field = step.Field.Path;
        if (step.Field.Kind == JsonKind.List)
        {
            step.Targets.StoreMissingList(block);
            step.Lengths.StoreMissing(block);
            return;
        }

        step.Targets.StoreMissing(block);
        foreach (JsonStep member in step.Members)
        {
            if (member.Column < 0)
            {
                StoreMissing(member, block, ref field);
            }
        }
    }

    /// <summary>Stores the absent members of an object.</summary>
    /// <param name="step">The object.</param>
    /// <param name="marks">The presence marks of its members.</param>
    /// <param name="block">The block.</param>
    /// <param name="field">The member that was being stored when an exception is thrown.</param>
    /// <exception cref="MalformedValueException">One of them is required.</exception>
    public static void StoreAbsent(JsonStep step, ReadOnlySpan<bool> marks, RowBlock block, ref string? field)
    {
        for (int i = 0; i < step.ReadMembers; i++)
        {
            JsonStep member = step.Members[i];
            if (!marks[i] && member.Column < 0 && member.Placed is null)
            {
                StoreAbsent(member, block, ref field);
            }
        }
    }

    /// <summary>Stores columns with several places that were not found in any of their places.</summary>
    public static void StoreAbsent(JsonStep[] columns, ReadOnlySpan<byte> ranks, RowBlock block, ref string? field)
    {
        for (int i = 0; i < columns.Length; i++)
        {
            if (ranks[i] == 0)
            {
                StoreAbsent(columns[i], block, ref field);
            }
        }
    }

    /// <summary>Discards the values of columns with several places that were found in an object that a duplicate member now replaces.</summary>
    public static void Forget(JsonStep[] columns, Span<byte> ranks)
    {
        foreach (JsonStep column in columns)
        {
            ref byte rank = ref ranks[column.Column];
            rank = rank == column.Field.Rank ? (byte)0 : rank;
        }
    }

    /// <summary>Whether to use the value of a column found in one of its places: true unless a place with precedence was found already.</summary>
    public static bool IsPlaced(JsonStep step, Span<byte> ranks)
    {
        ref byte rank = ref ranks[step.Column];
        if (rank != 0 && rank < step.Field.Rank)
        {
            return false;
        }

        rank = (byte)step.Field.Rank;
        return true;
    }

    public static MalformedValueException Unfit(JsonField field, string found) => new($"{Expected(field)} is expected, not {found}");

    /// <summary>Quotes the beginning of a string for messages.</summary>
    public static string Quoted(ReadOnlySpan<byte> text) => $"the text \"{Beginning(text)}\"";

    private static void StoreAbsent(JsonStep step, RowBlock block, ref string? field)
    {
        if (step.Field.IsRequired)
        {
            field = step.Field.Path;
            throw new AbsentValueException(step.Field.IsDeclared
                ? $"the required member is missing: correct the column's name, which is case-sensitive and has dots where objects are nested, or set {nameof(DatasetColumn.IsNullable)} of the {nameof(DatasetColumn)}"
                : "the required member is missing");
        }

        StoreMissing(step, block, ref field);
    }

    private static bool TryStoreSymbol(JsonStep step, ReadOnlySpan<byte> text, RowBlock block)
    {
        for (int i = 0; i < step.Symbols.Length; i++)
        {
            if (text.SequenceEqual(step.Symbols[i]))
            {
                step.Targets.StoreSymbol(i, step.Symbols[i], block);
                return true;
            }
        }

        return false;
    }

    private static bool TryReadCount(JsonField field, ReadOnlySpan<byte> text, TimeUnit unit, out long ticks) =>
        TimeText.TryReadCount(text, unit, isSinceEpoch: field.Type != ColumnType.TimeSpan, out ticks);

    private static bool TryReadTime(JsonField field, ReadOnlySpan<byte> text, out long ticks)
    {
        text = text.Trim(" \t"u8);
        if (field.Unit is { } unit && TryReadCount(field, text, unit, out ticks))
        {
            return true;
        }

        if (field.Type == ColumnType.DateTimeOffset)
        {
            return TimeText.TryReadInstant(text, out ticks);
        }

        if (field.Type == ColumnType.TimeSpan)
        {
            return field.Form == JsonTimeForm.TimeOfDay ? TimeText.TryReadTimeOfDay(text, out ticks) : TimeText.TryReadSpan(text, out ticks);
        }

        return TimeText.TryReadLocal(text, out ticks) && (field.Form != JsonTimeForm.Date || ticks % TimeSpan.TicksPerDay == 0);
    }

    private static string Expected(JsonField field) => (field.Kind, field.Type, field.Form) switch
    {
        (JsonKind.Object, _, _) => "an object",
        (JsonKind.List, _, _) => "an array",
        (JsonKind.Choice, _, _) => $"one of the types {string.Join(", ", field.Members.Select(m => m.Name))}",
        (_, ColumnType.Boolean, _) => "a Boolean",
        (_, >= ColumnType.Int8 and <= ColumnType.UInt64, _) => "an integer",
        (_, ColumnType.Single or ColumnType.Double, _) => "a number",
        (_, ColumnType.DateTimeOffset, _) => TimeText.Instant,
        (_, ColumnType.DateTime, JsonTimeForm.Date) => "a date of ISO 8601 (2026-11-24)",
        (_, ColumnType.DateTime, _) => TimeText.Local,
        (_, ColumnType.TimeSpan, JsonTimeForm.TimeOfDay) => "a time of day (01:02:03)",
        (_, ColumnType.TimeSpan, _) => "a duration of ISO 8601 without years and months (P1DT2H), or a time span of .NET (1.02:00:00),",
        _ => "a text",
    };

    private static MalformedValueException NoNumber(JsonField field, ReadOnlySpan<byte> text) =>
        field.Type is ColumnType.Single or ColumnType.Double ? NumberText.IsNumber(text) ? OutOfRange(text) : Unfit(field, Quoted(text))
        : NumberText.IsWhole(text) ? OutOfRange(text)
        : Unfit(field, Quoted(text));

    private static MalformedValueException NoDecimal(ReadOnlySpan<byte> text) => new($"a decimal as base64, or as a number with a decimal point, is expected, not {Quoted(text)}");

    private static MalformedValueException NoInteger(ReadOnlySpan<byte> text) => NumberText.IsWhole(text) ? OutOfRange(text) : new($"{Beginning(text)} is not an integer of 64 bits");

    private static MalformedValueException OutOfRange(ReadOnlySpan<byte> text) => new($"{Beginning(text)} is out of the column's range");

    private static string Beginning(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text.Length > ShownBytes ? text[..ShownBytes] : text) + (text.Length > ShownBytes ? "…" : "");
}

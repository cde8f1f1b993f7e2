using System.Runtime.CompilerServices;

namespace KafkaDatasets.Decoding.Avro;

/// <summary>How values of one writer schema become the columns of one layout: compiled once, run for every record.</summary>
internal sealed class AvroPlan(AvroStep[] steps, IReadOnlyList<BlockColumn> layout)
{
    /// <summary>How deep records may lie in one another: a value from outside must not exhaust the stack.</summary>
    private const int MaxDepth = 128;

    private readonly (int Column, string Field)[] _binaryLabels =
        [.. layout.Index().Where(c => c.Item.Label == LabelKind.Binary).Select(c => (c.Index, c.Item.Fields[0]))];

    /// <summary>The short way for most records, where there is one.</summary>
    public VerbatimPlan? Verbatim { get; } = VerbatimPlan.For(steps, layout);

    /// <summary>Writes a value's columns at the block's next row; the caller counts the row.</summary>
    /// <param name="value">One datum, no framing.</param>
    /// <param name="block">The block, with room for the row.</param>
    /// <param name="field">The field that was being read when an exception is thrown.</param>
    /// <exception cref="MalformedValueException">The value is not of the schema.</exception>
    public void Decode(ReadOnlySpan<byte> value, RowBlock block, ref string? field)
    {
        var reader = new AvroReader(value);
        Run(steps, ref reader, block, ref field, 0);
        if (reader.Remaining != 0)
        {
            field = null;
            throw new MalformedValueException($"{reader.Remaining} bytes are left after the last field");
        }

        foreach ((int column, string label) in _binaryLabels)
        {
            float labelValue = Unsafe.As<FixedColumn<float>>(block.Columns[column]).Values[block.Rows];
            if (labelValue is not (0f or 1f))
            {
                field = label;
                throw new MalformedValueException($"the binary label is {labelValue}, neither 0 nor 1");
            }
        }
    }

    private static void Run(AvroStep[] steps, ref AvroReader reader, RowBlock block, ref string? field, int depth)
    {
        foreach (AvroStep step in steps)
        {
            field = step.Field;
            switch (step.Kind)
            {
                case AvroStepKind.Fixed:
                    CopyFixed(step, ref reader, block, ref field);
                    break;
                case AvroStepKind.Int:
                    StoreInteger(step, reader.ReadInt(), block);
                    break;
                case AvroStepKind.Long:
                    StoreInteger(step, reader.ReadLong(), block);
                    break;
                case AvroStepKind.Bytes:
                    StoreText(step, reader.ReadBytes(), block);
                    break;
                case AvroStepKind.Enum:
                    StoreEnum(step, reader.ReadInt(), block);
                    break;
                case AvroStepKind.Union:
                    long branch = reader.ReadLong();
                    if ((ulong)branch >= (ulong)step.Branches.Length)
                    {
                        throw new MalformedValueException($"branch {branch} of a union of {step.Branches.Length}");
                    }

                    Run(step.Branches[branch], ref reader, block, ref field, depth);
                    break;
                case AvroStepKind.SkipBlocks:
                    SkipBlocks(step, ref reader, block, ref field, depth);
                    break;
                case AvroStepKind.Call:
                    if (depth >= MaxDepth)
                    {
                        throw new MalformedValueException($"records lie more than {MaxDepth} deep in one another");
                    }

                    Run(step.Call!(), ref reader, block, ref field, depth + 1);
                    break;
                case AvroStepKind.Missing:
                    foreach (AvroTarget target in step.Targets)
                    {
                        block.Columns[target.Column].SetMissing(block.Rows, target.Slot);
                    }

                    break;
                case AvroStepKind.Number:
                    foreach (AvroTarget target in step.Targets)
                    {
                        block.Columns[target.Column].SetNumber(block.Rows, target.Slot, step.NumberValue);
                    }

                    break;
                case AvroStepKind.Integer:
                    StoreInteger(step, step.IntegerValue, block);
                    break;
                case AvroStepKind.Text:
                    StoreText(step, step.TextValue, block);
                    break;
                default:
                    throw new MalformedValueException(step.Reason);
            }
        }
    }

    private static void CopyFixed(AvroStep step, ref AvroReader reader, RowBlock block, ref string? field)
    {
        if (reader.Remaining < step.Length)
        {
            field = step.FieldAt(reader.Remaining);
        }

        ReadOnlySpan<byte> run = reader.Take(step.Length);
        foreach (ref readonly FixedCopy copy in step.Copies.AsSpan())
        {
            ReadOnlySpan<byte> bytes = run.Slice(copy.Offset, copy.Length);
            if (copy.Source == ElementType.Boolean)
            {
                field = step.FieldAt(copy.Offset);
                bool value = AvroReader.ToBoolean(bytes[0]);
                if (copy.Column >= 0)
                {
                    block.Columns[copy.Column].SetNumber(block.Rows, copy.Slot, value ? 1L : 0L);
                }

                continue;
            }

            ColumnBuffer column = block.Columns[copy.Column];
            if (copy.IsVerbatim)
            {
                Span<byte> to = copy.Source == ElementType.Single
                    ? Unsafe.As<FixedColumn<float>>(column).SlotBytes(block.Rows, copy.Slot, copy.Length)
                    : Unsafe.As<FixedColumn<double>>(column).SlotBytes(block.Rows, copy.Slot, copy.Length);
                bytes.CopyTo(to);
                continue;
            }

            var one = new AvroReader(bytes);
            double number = copy.Source == ElementType.Single ? one.ReadFloat() : one.ReadDouble();
            column.SetNumber(block.Rows, copy.Slot, number);
        }
    }

    private static void StoreInteger(AvroStep step, long value, RowBlock block)
    {
        foreach (AvroTarget target in step.Targets)
        {
            if (target.Definition.Categories is { } categories)
            {
                StoreCategory(target, IndexOf(categories, value.ToString(System.Globalization.CultureInfo.InvariantCulture)), block);
            }
            else
            {
                block.Columns[target.Column].SetNumber(block.Rows, target.Slot, value);
            }
        }
    }

    private static void StoreText(AvroStep step, ReadOnlySpan<byte> utf8, RowBlock block)
    {
        foreach (AvroTarget target in step.Targets)
        {
            if (target.Definition.Categories is { } categories)
            {
                StoreCategory(target, IndexOf(categories, System.Text.Encoding.UTF8.GetString(utf8)), block);
            }
            else
            {
                Unsafe.As<TextColumn>(block.Columns[target.Column]).Set(block.Rows, utf8);
            }
        }
    }

    private static void StoreEnum(AvroStep step, int index, RowBlock block)
    {
        if ((uint)index >= (uint)step.Symbols.Length)
        {
            throw new MalformedValueException($"symbol {index} of an enum of {step.Symbols.Length}");
        }

        (string symbol, int readerIndex) = step.Symbols[index];
        if (readerIndex < 0)
        {
            throw new MalformedValueException($"the enum's symbol '{symbol}' is not in the dataset's schema, which has no default symbol");
        }

        foreach (AvroTarget target in step.Targets)
        {
            if (target.Definition.Categories is { } categories)
            {
                StoreCategory(target, IndexOf(categories, symbol), block);
            }
            else
            {
                long value = target.Definition.Type == ElementType.Key ? readerIndex + 1L : readerIndex;
                block.Columns[target.Column].SetNumber(block.Rows, target.Slot, value);
            }
        }
    }

    private static void StoreCategory(AvroTarget target, int index, RowBlock block)
    {
        ColumnBuffer column = block.Columns[target.Column];
        if (index < 0)
        {
            column.SetMissing(block.Rows, target.Slot);
        }
        else
        {
            column.SetNumber(block.Rows, target.Slot, (long)index);
        }
    }

    private static int IndexOf(IReadOnlyList<string> categories, string value)
    {
        for (int i = 0; i < categories.Count; i++)
        {
            if (categories[i] == value)
            {
                return i;
            }
        }

        return -1;
    }

    private static void SkipBlocks(AvroStep step, ref AvroReader reader, RowBlock block, ref string? field, int depth)
    {
        for (long count = reader.ReadBlock(out long bytes); count != 0; count = reader.ReadBlock(out bytes))
        {
            if (bytes >= 0)
            {
                reader.Take((int)bytes);
                continue;
            }

            for (long i = 0; i < count; i++)
            {
                int before = reader.Position;
                Run(step.Branches[0], ref reader, block, ref field, depth);
                if (reader.Position == before)
                {
                    break; // an item of no bytes: the others have none either
                }
            }
        }
    }
}

using System.Runtime.CompilerServices;
using System.Text;

namespace KafkaDatasets.Decoding.Avro;

/// <summary>The steps for values of one writer schema.</summary>
internal sealed class AvroPlan(AvroStep[] steps, IReadOnlyList<BlockColumn> layout) : ValuePlan(layout)
{
    /// <summary>How deep records may lie in one another: a value from outside must not exhaust the stack.</summary>
    private const int MaxDepth = 128;

    public override VerbatimPlan? Verbatim { get; } = steps is [{ Kind: AvroStepKind.Fixed } step] && step.Copies.All(c => c.IsVerbatim)
        ? new VerbatimPlan(step.Length, step.Copies, layout)
        : null;

    public override void Decode(ReadOnlySpan<byte> value, RowBlock block, ref string? field)
    {
        var reader = new AvroReader(value);
        Run(steps, ref reader, block, ref field, 0);
        if (reader.Remaining != 0)
        {
            field = null;
            throw new MalformedValueException($"{reader.Remaining} bytes are left after the last field");
        }

        CheckBinaryLabels(block, ref field);
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
                    step.Targets.StoreInteger(reader.ReadInt(), block);
                    break;
                case AvroStepKind.Long:
                    step.Targets.StoreInteger(reader.ReadLong(), block);
                    break;
                case AvroStepKind.Bytes:
                    step.Targets.StoreText(reader.ReadBytes(), block);
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
                    step.Targets.StoreMissing(block);
                    break;
                case AvroStepKind.Number:
                    step.Targets.StoreNumber(step.NumberValue, block);
                    break;
                case AvroStepKind.Integer:
                    step.Targets.StoreInteger(step.IntegerValue, block);
                    break;
                case AvroStepKind.Text:
                    step.Targets.StoreText(step.TextValue, block);
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
            if (copy.Source == ColumnType.Boolean)
            {
                field = step.FieldAt(copy.Offset);
                bool value = AvroReader.ToBoolean(bytes[0]);
                copy.Target.StoreInteger(value ? 1L : 0L, block);
                continue;
            }

            if (copy.IsVerbatim)
            {
                ColumnBuffer column = block.Columns[copy.Column];
                Span<byte> to = copy.Source == ColumnType.Single
                    ? Unsafe.As<FixedColumn<float>>(column).SlotBytes(block.Rows, copy.Slot, copy.Length)
                    : Unsafe.As<FixedColumn<double>>(column).SlotBytes(block.Rows, copy.Slot, copy.Length);
                bytes.CopyTo(to);
                continue;
            }

            var one = new AvroReader(bytes);
            field = step.FieldAt(copy.Offset);
            copy.Target.StoreNumber(copy.Source == ColumnType.Single ? one.ReadFloat() : one.ReadDouble(), block);
        }
    }

    private static void StoreEnum(AvroStep step, int index, RowBlock block)
    {
        if ((uint)index >= (uint)step.Symbols.Length)
        {
            throw new MalformedValueException($"symbol {index} of an enum of {step.Symbols.Length}");
        }

        (byte[] symbol, int readerIndex) = step.Symbols[index];
        if (readerIndex < 0)
        {
            throw new MalformedValueException($"the enum's symbol '{Encoding.UTF8.GetString(symbol)}' is not in the dataset's schema, which has no default symbol");
        }

        step.Targets.StoreSymbol(readerIndex, symbol, block);
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

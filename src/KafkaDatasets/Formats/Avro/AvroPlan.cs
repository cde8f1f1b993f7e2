using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Runs the steps that decode values of one writer schema.</summary>
internal sealed class AvroPlan : PartPlan
{
    /// <summary>The most map keys that are looked up without allocating memory.</summary>
    private const int MostOnStack = 256;

    /// <summary>The most zero-byte items in an array: a few bytes must not expand to columns of any length.</summary>
    private const int MaxEmptyItems = 1000;

    private const int UuidBytes = 16;
    private const int DurationItems = 3;

    private readonly AvroStep[] _steps;

    private readonly CompiledPlan? _compiled;

    public AvroPlan(AvroStep[] steps, PartLayout layout)
        : base(layout)
    {
        _steps = steps;
        if (steps is [{ Kind: AvroStepKind.Fixed } step] && step.Copies.All(c => c.IsVerbatim))
        {
            Bulk = new VerbatimPlan(step.Length, step.Copies, layout);
        }
        else
        {
            if (RuntimeFeature.IsDynamicCodeCompiled && CompiledPlan.IsSupported)
            {
                Bulk = _compiled = new CompiledPlan(AvroEmitter.Compile(steps, layout), layout);
            }

            if (StripPlan.IsSupported && StripCompiler.Compile(steps, _compiled, layout) is { } together)
            {
                Bulk = together;
            }
        }
    }

    public override BulkPlan? Bulk { get; }

    /// <summary>Runs steps that are not compiled.</summary>
    /// <returns>The number of bytes read.</returns>
    /// <exception cref="MalformedValueException">The value does not match the schema.</exception>
    public static nint RunSteps(AvroStep[] steps, ref byte from, nint length, RowBlock block)
    {
        if (length < 0)
        {
            throw new MalformedValueException("the data ends too early");
        }

        string? field = null;
        var reader = new AvroReader(MemoryMarshal.CreateReadOnlySpan(ref from, (int)length));
        Run(steps, ref reader, block, ref field);
        return reader.Position;
    }

    protected override void Read(ReadOnlySpan<byte> value, RowBlock block, ref string? field)
    {
        if (_compiled is not null && _compiled.TryRead(value, block))
        {
            return;
        }

        var reader = new AvroReader(value);
        Run(_steps, ref reader, block, ref field);
        if (reader.Remaining != 0)
        {
            field = null;
            throw new MalformedValueException($"{reader.Remaining} bytes are left after the last field");
        }
    }

    private static void Run(AvroStep[] steps, ref AvroReader reader, RowBlock block, ref string? field)
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
                case AvroStepKind.Text:
                    step.Targets.StoreText(reader.ReadBytes(), block);
                    break;
                case AvroStepKind.Enum:
                    StoreEnum(step, reader.ReadInt(), block);
                    break;
                case AvroStepKind.Time:
                    step.Targets.StoreTicks(AvroTime.ToTicks(step.Unit, step.Length == sizeof(int) ? reader.ReadInt() : reader.ReadLong()), block);
                    break;
                case AvroStepKind.Decimal:
                    ReadOnlySpan<byte> unscaled = TakeBytes(step, ref reader);
                    ExactNumber.Store(step.Targets, AvroDecimal.ToDouble(unscaled, step.Scale), unscaled, step.Scale, block);
                    break;
                case AvroStepKind.Uuid:
                    StoreUuid(step, reader.Take(UuidBytes), block);
                    break;
                case AvroStepKind.Bytes:
                    StoreBytes(step, TakeBytes(step, ref reader), block);
                    break;
                case AvroStepKind.Duration:
                    StoreDuration(step, reader.Take(DurationItems * sizeof(uint)), block);
                    break;
                case AvroStepKind.List:
                    StoreList(step, ref reader, block, ref field);
                    break;
                case AvroStepKind.Map:
                    StoreMap(step, ref reader, block, ref field);
                    break;
                case AvroStepKind.Union:
                    long branch = reader.ReadLong();
                    if ((ulong)branch >= (ulong)step.Branches.Length)
                    {
                        throw new MalformedValueException($"branch {branch} of a union with {step.Branches.Length} branches");
                    }

                    Run(step.Branches[branch], ref reader, block, ref field);
                    break;
                case AvroStepKind.SkipBlocks:
                    SkipBlocks(step, ref reader, block, ref field);
                    break;
                case AvroStepKind.Call:
                    AvroSkip.Run(step.Call!(), ref reader, ref field);
                    break;
                case AvroStepKind.Missing:
                    step.Targets.StoreMissing(block);
                    break;
                case AvroStepKind.MissingList:
                    step.Targets.StoreMissingList(block);
                    break;
                case AvroStepKind.Default:
                    var value = new AvroReader(step.Encoded);
                    Run(step.Branches[0], ref value, block, ref field);
                    break;
                case AvroStepKind.Fail:
                    throw new MalformedValueException(step.Reason);
                default:
                    throw new UnreachableException($"step {step.Kind}");
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
                bytes.CopyTo(FixedColumns.SlotBytes(block.Columns[copy.Column], copy.Source, block.Rows, copy.Slot)[..copy.Length]);
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
            throw new MalformedValueException($"symbol {index} of an enum with {step.Symbols.Length} symbols");
        }

        (byte[] symbol, int readerIndex) = step.Symbols[index];
        if (readerIndex < 0)
        {
            throw new MalformedValueException($"the enum's symbol '{Encoding.UTF8.GetString(symbol)}' is not in the dataset's schema, which has no default symbol");
        }

        step.Targets.StoreSymbol(readerIndex, symbol, block);
    }

    private static ReadOnlySpan<byte> TakeBytes(AvroStep step, ref AvroReader reader) => step.Length < 0 ? reader.ReadBytes() : reader.Take(step.Length);

    private static void StoreUuid(AvroStep step, ReadOnlySpan<byte> bytes, RowBlock block)
    {
        Span<byte> text = stackalloc byte[36];
        new Guid(bytes, bigEndian: true).TryFormat(text, out _);
        step.Targets.StoreText(text, block);
    }

    private static void StoreBytes(AvroStep step, ReadOnlySpan<byte> bytes, RowBlock block)
    {
        step.Vectors.BeginList(block);
        step.Targets.StoreItems(bytes, ColumnType.UInt8, block);
        step.Vectors.EndList(block);
        step.Lengths.StoreInteger((long)bytes.Length, block);
    }

    /// <summary>Stores months, days and milliseconds, each an unsigned little-endian 32-bit integer.</summary>
    private static void StoreDuration(AvroStep step, ReadOnlySpan<byte> bytes, RowBlock block)
    {
        step.Vectors.BeginList(block);
        for (int i = 0; i < DurationItems; i++)
        {
            step.Targets.StoreInteger((long)BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]), block);
        }

        step.Vectors.EndList(block);
        step.Lengths.StoreInteger((long)DurationItems, block);
    }

    private static void StoreList(AvroStep step, ref AvroReader reader, RowBlock block, ref string? field)
    {
        long total = 0;
        step.Vectors.BeginList(block);
        for (long count = reader.ReadBlock(out long bytes); count != 0; count = reader.ReadBlock(out bytes))
        {
            int start = reader.Position;
            if (step.Bulk is { } type)
            {
                int size = type == ColumnType.Single ? sizeof(float) : sizeof(double);
                step.Targets.StoreItems(reader.Take(count, size), type, block);
            }
            else
            {
                StoreItems(step, count, ref reader, block, ref field);
            }

            total += count;
            field = step.Field;
            CheckBlock(bytes, reader.Position - start);
        }

        step.Vectors.EndList(block);
        step.Lengths.StoreInteger(total, block);
    }

    private static void StoreItems(AvroStep step, long count, ref AvroReader reader, RowBlock block, ref string? field)
    {
        for (long i = 0; i < count; i++)
        {
            int before = reader.Position;
            Run(step.Branches[0], ref reader, block, ref field);
            if (reader.Position == before && count > MaxEmptyItems)
            {
                field = step.Field;
                throw new MalformedValueException($"an array of {count} items that take no bytes, more than {MaxEmptyItems}");
            }
        }
    }

    /// <summary>Stores each key that is a column exactly once, even when it is absent or repeated (the last one counts): within a list each is an item.</summary>
    private static void StoreMap(AvroStep step, ref AvroReader reader, RowBlock block, ref string? field)
    {
        Span<int> found = step.Values.Length <= MostOnStack ? stackalloc int[step.Values.Length] : new int[step.Values.Length];
        found.Fill(-1);
        for (long count = reader.ReadBlock(out long bytes); count != 0; count = reader.ReadBlock(out bytes))
        {
            int start = reader.Position;
            for (long i = 0; i < count; i++)
            {
                field = step.Field;
                int key = step.Keys.IndexOf(reader.ReadBytes(), 0);
                if (key >= 0)
                {
                    found[key] = reader.Position;
                }

                Run(key < 0 ? step.Branches[0] : step.Values[key].Skip, ref reader, block, ref field);
            }

            field = step.Field;
            CheckBlock(bytes, reader.Position - start);
        }

        for (int key = 0; key < found.Length; key++)
        {
            AvroReader value = reader.At(Math.Max(found[key], 0));
            Run(found[key] < 0 ? step.Values[key].Missing : step.Values[key].Store, ref value, block, ref field);
        }
    }

    private static void CheckBlock(long bytes, int read)
    {
        if (bytes >= 0 && bytes != read)
        {
            throw new MalformedValueException($"a block of {bytes} bytes whose items take {read}");
        }
    }

    private static void SkipBlocks(AvroStep step, ref AvroReader reader, RowBlock block, ref string? field)
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
                Run(step.Branches[0], ref reader, block, ref field);
                if (reader.Position == before)
                {
                    break; // a zero-byte item: the remaining ones are empty too
                }
            }
        }
    }
}

using System.Diagnostics;
using System.Runtime.CompilerServices;
using Google.Protobuf.Reflection;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>Reads a message in Protobuf's binary encoding into the columns.</summary>
/// <remarks>
/// Unknown fields are skipped, the last of several values is used, messages in several
/// parts are merged, repeated fields may be packed or not, and a member of a <c>oneof</c> replaces the others.
/// Integers of 32 bits and enums are truncated if they are wider. An absent field has its default; if its presence is tracked and no default is given, it is missing.
/// </remarks>
internal sealed class ProtobufPlan : PartPlan
{
    private readonly ProtobufStep _root;
    private readonly MessageMarker? _marker;
    private readonly CompiledPlan? _compiled;

    /// <summary>Compiles a plan.</summary>
    /// <param name="root">The message.</param>
    /// <param name="marker">How payloads identify themselves as this message, or null when they do not.</param>
    /// <param name="writer">The message's descriptor in the writer's schema.</param>
    /// <param name="layout">The columns of the blocks.</param>
    /// <exception cref="IncompatibleSchemaException">The field cannot be a label.</exception>
    public ProtobufPlan(ProtobufField root, MessageMarker? marker, MessageDescriptor writer, PartLayout layout)
        : base(layout)
    {
        _root = new ProtobufCompiler(layout).Step(root, 0);
        _marker = marker;
        if (RuntimeFeature.IsDynamicCodeCompiled && CompiledPlan.IsSupported && ProtobufEmitter.Compile(_root, writer, layout) is { } row)
        {
            _compiled = new CompiledPlan(row, layout) { Prefix = marker?.Usual ?? [] };
        }
    }

    public override BulkPlan? Bulk => _marker is null or { Usual: not null } ? _compiled : null;

    protected override void Read(ReadOnlySpan<byte> value, RowBlock block, ref string? field) =>
        Read(value, _marker is null ? 0 : Require(_marker.Matches(value, out int start), start), block, ref field);

    protected override void ReadBehindHeader(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> value, RowBlock block, ref string? field)
    {
        if (_marker is null)
        {
            base.ReadBehindHeader(rest, value, block, ref field);
            return;
        }

        Read(value, Require(_marker.MatchesHeader(rest, value, out int start), start), block, ref field);
    }

    private void Read(ReadOnlySpan<byte> value, int start, RowBlock block, ref string? field)
    {
        if (_compiled is not null && _compiled.TryRead(value[start..], block))
        {
            return;
        }

        Span<int> slots = stackalloc int[_root.EndSlot];
        slots.Fill(-1);
        _root.Vectors.BeginList(block);
        Scan(_root, new ProtobufReader(value, start, value.Length), value, slots, block, ref field);
        StoreMembers(_root, value, slots, isPresent: true, block, ref field);
        _root.Vectors.EndList(block);
    }

    /// <returns>The position at which the message starts.</returns>
    private int Require(bool isMessage, int start) =>
        isMessage ? start : throw new MalformedValueException($"the {Part} is another message of the schema than the dataset's");

    /// <summary>Records the position of each field's last value, and stores the items of repeated fields.</summary>
    private static void Scan(ProtobufStep message, ProtobufReader reader, ReadOnlySpan<byte> value, Span<int> slots, RowBlock block, ref string? field)
    {
        int guess = 0;
        while (!reader.IsAtEnd)
        {
            field = message.Field.Path;
            int number = reader.ReadTag(out WireType wire);
            if (message.Member(number, ref guess) is not { } step)
            {
                reader.Skip(number, wire);
                continue;
            }

            field = step.Field.Path;
            if (step is { IsRepeated: true, Field.Kind: ProtobufKind.Scalar })
            {
                slots[step.Slot] += StoreItems(step, wire, ref reader, value, block);
            }
            else if (step.Field.Kind == ProtobufKind.Ignored)
            {
                reader.Skip(number, wire);
                Clear(step.Rivals, slots, block);
            }
            else if (wire != step.Wire)
            {
                throw new MalformedValueException($"the value has wire type {wire}, but the schema has {step.Wire}");
            }
            else if (step.Field.Kind == ProtobufKind.Map)
            {
                int length = reader.ReadLength();
                ScanEntry(step, new ProtobufReader(value, reader.Position, reader.Position + length), value, slots, block, ref field);
                reader.Take(length);
            }
            else if (step.Field.Kind == ProtobufKind.Scalar)
            {
                int at = reader.Position;
                if (!step.IsClosed)
                {
                    reader.Skip(number, wire);
                }
                else if (!step.Symbols.ContainsKey((int)reader.ReadVarint()))
                {
                    continue;
                }

                Clear(step.Rivals, slots, block);
                slots[step.Slot] = at;
            }
            else
            {
                int length = wire == WireType.StartGroup ? 0 : reader.ReadLength();
                int start = reader.Position;
                int end = wire == WireType.StartGroup ? reader.TakeGroup(number) : start + length;
                reader.Take(length);
                Clear(step.Rivals, slots, block);
                if (step.IsRepeated)
                {
                    slots[(step.Slot + 1)..step.EndSlot].Fill(-1);
                    slots[step.Slot]++;
                }
                else
                {
                    slots[step.Slot] = start;
                }

                Scan(step, new ProtobufReader(value, start, end), value, slots, block, ref field);
                if (step.IsRepeated)
                {
                    StoreMessage(step, value, slots, isPresent: true, block, ref field);
                }
            }
        }

        field = message.Field.Path;
    }

    /// <summary>Records the position of the value of a map key, if the key is a column.</summary>
    private static void ScanEntry(ProtobufStep map, ProtobufReader entry, ReadOnlySpan<byte> value, Span<int> slots, RowBlock block, ref string? field)
    {
        const int keyNumber = 1;
        ProtobufReader reader = entry;
        ReadOnlySpan<byte> key = [];
        while (!reader.IsAtEnd)
        {
            int number = reader.ReadTag(out WireType wire);
            if (number != keyNumber)
            {
                reader.Skip(number, wire);
            }
            else
            {
                key = wire == WireType.LengthDelimited ? reader.ReadBytes() : throw new MalformedValueException($"the value has wire type {wire}, but the schema has the text of a map's key");
            }
        }

        int index = map.Keys.IndexOf(key, 0);
        if (index >= 0)
        {
            ProtobufStep step = map.Members[index];
            Clear([step], slots, block);
            slots[step.Slot] = entry.Position;
            Scan(step, entry, value, slots, block, ref field);
        }
    }

    private static void Clear(ReadOnlySpan<ProtobufStep> rivals, Span<int> slots, RowBlock block)
    {
        foreach (ProtobufStep rival in rivals)
        {
            if (slots[rival.Slot] < 0)
            {
                continue;
            }

            if (rival.IsInList && rival.HoldsRepeated)
            {
                throw new MalformedValueException("a message with repeated fields is replaced by another value within an item of a list");
            }

            slots[rival.Slot..rival.EndSlot].Fill(-1);
            if (!rival.IsInList)
            {
                rival.Vectors.BeginList(block);
            }
        }
    }

    /// <returns>The number of items.</returns>
    private static int StoreItems(ProtobufStep step, WireType wire, ref ProtobufReader reader, ReadOnlySpan<byte> value, RowBlock block)
    {
        if (wire == step.Wire)
        {
            return StoreItem(step, ref reader, block);
        }

        if (wire != WireType.LengthDelimited || step.Type is FieldType.String or FieldType.Bytes)
        {
            throw new MalformedValueException($"the value has wire type {wire}, but the schema has a list of {step.Wire}");
        }

        int length = reader.ReadLength();
        int start = reader.Position;
        ReadOnlySpan<byte> packed = reader.Take(length);
        if (step.Type is FieldType.Float or FieldType.Double)
        {
            int size = step.Type == FieldType.Float ? sizeof(float) : sizeof(double);
            if (length % size != 0)
            {
                throw new MalformedValueException($"{length} bytes are not a list of {size}-byte numbers");
            }

            step.Targets.StoreItems(packed, step.Field.Type, block);
            return length / size;
        }

        int count = 0;
        var items = new ProtobufReader(value, start, start + length);
        while (!items.IsAtEnd)
        {
            count += StoreItem(step, ref items, block);
        }

        return count;
    }

    /// <returns>1, or 0 for an unknown number of a closed enum, which is treated as an unknown field.</returns>
    private static int StoreItem(ProtobufStep step, ref ProtobufReader reader, RowBlock block)
    {
        ProtobufReader item = reader;
        StoreScalar(step, ref reader, block);
        return step.IsClosed && !step.Symbols.ContainsKey((int)item.ReadVarint()) ? 0 : 1;
    }

    private static void StoreMembers(ProtobufStep message, ReadOnlySpan<byte> value, ReadOnlySpan<int> slots, bool isPresent, RowBlock block, ref string? field)
    {
        foreach (ProtobufStep step in message.Members)
        {
            if (step.IsRepeated)
            {
                step.Counts.StoreInteger(slots[step.Slot] + 1L, block);
                continue;
            }

            if (step.Field.Kind == ProtobufKind.Ignored)
            {
                continue;
            }

            field = step.Field.Path;
            bool isThere = slots[step.Slot] >= 0;
            if (!isThere && isPresent && step.Field.IsRequired)
            {
                throw new AbsentValueException("the required field is missing");
            }

            if (step.Field.Kind == ProtobufKind.Scalar)
            {
                StoreScalar(step, value, slots[step.Slot], isPresent, block);
            }
            else
            {
                StoreMessage(step, value, slots, isThere, block, ref field);
            }
        }
    }

    private static void StoreMessage(ProtobufStep step, ReadOnlySpan<byte> value, ReadOnlySpan<int> slots, bool isPresent, RowBlock block, ref string? field)
    {
        if (step.Field.Kind is ProtobufKind.Message or ProtobufKind.Map)
        {
            StoreMembers(step, value, slots, isPresent, block, ref field);
        }
        else if (!isPresent)
        {
            step.Targets.StoreMissing(block);
        }
        else
        {
            long seconds = Integer(value, slots[step.Members[0].Slot]);
            long nanos = (int)Integer(value, slots[step.Members[1].Slot]);
            step.Targets.StoreTicks(step.Field.Kind == ProtobufKind.Timestamp ? ProtobufTime.TimestampTicks(seconds, nanos) : ProtobufTime.DurationTicks(seconds, nanos), block);
        }
    }

    private static void StoreScalar(ProtobufStep step, ReadOnlySpan<byte> value, int at, bool isPresent, RowBlock block)
    {
        bool isMissing = at < 0 && (!isPresent || step.CanBeMissing);
        ProtobufReader reader = at >= 0 ? new ProtobufReader(value, at, value.Length) : new ProtobufReader(step.Default, 0, step.Default.Length);
        if (isMissing)
        {
            StoreMissing(step, block);
        }
        else if (step is { Type: FieldType.Bytes, IsInList: false })
        {
            step.Targets.BeginList(block);
            StoreScalar(step, ref reader, block);
            step.Targets.EndList(block);
        }
        else
        {
            StoreScalar(step, ref reader, block);
        }
    }

    private static void StoreMissing(ProtobufStep step, RowBlock block)
    {
        if (step.Type != FieldType.Bytes)
        {
            step.Targets.StoreMissing(block);
        }
        else if (step.IsInList)
        {
            step.Lengths.StoreMissing(block);
        }
        else
        {
            step.Targets.StoreMissingList(block);
        }
    }

    private static void StoreScalar(ProtobufStep step, ref ProtobufReader reader, RowBlock block)
    {
        switch (step.Type)
        {
            case FieldType.Double:
                step.Targets.StoreNumber(reader.ReadDouble(), block);
                break;
            case FieldType.Float:
                step.Targets.StoreNumber(reader.ReadFloat(), block);
                break;
            case FieldType.String:
                step.Targets.StoreText(reader.ReadBytes(), block);
                break;
            case FieldType.Bytes:
                ReadOnlySpan<byte> bytes = reader.ReadBytes();
                step.Targets.StoreItems(bytes, ColumnType.UInt8, block);
                step.Lengths.StoreInteger((long)bytes.Length, block);
                break;
            case FieldType.Bool:
                step.Targets.StoreInteger(reader.ReadVarint() != 0 ? 1 : 0, block);
                break;
            case FieldType.Enum:
                StoreSymbol(step, (int)reader.ReadVarint(), block);
                break;
            case FieldType.Int32:
                step.Targets.StoreInteger((long)(int)reader.ReadVarint(), block);
                break;
            case FieldType.SInt32:
                step.Targets.StoreInteger(ByteReader.ZigZag((uint)reader.ReadVarint()), block);
                break;
            case FieldType.UInt32:
                step.Targets.StoreInteger((long)(uint)reader.ReadVarint(), block);
                break;
            case FieldType.Fixed32:
                step.Targets.StoreInteger((long)reader.ReadFixed32(), block);
                break;
            case FieldType.SFixed32:
                step.Targets.StoreInteger((int)reader.ReadFixed32(), block);
                break;
            case FieldType.Int64:
                step.Targets.StoreInteger((long)reader.ReadVarint(), block);
                break;
            case FieldType.SInt64:
                step.Targets.StoreInteger(ByteReader.ZigZag(reader.ReadVarint()), block);
                break;
            case FieldType.SFixed64:
                step.Targets.StoreInteger((long)reader.ReadFixed64(), block);
                break;
            case FieldType.UInt64:
                step.Targets.StoreInteger(reader.ReadVarint(), block);
                break;
            case FieldType.Fixed64:
                step.Targets.StoreInteger(reader.ReadFixed64(), block);
                break;
            default:
                throw new UnreachableException($"field type {step.Type}");
        }
    }

    /// <summary>Stores an enum's value: an unknown number is missing, since newer writers may add values; in a closed enum it is treated as an unknown field.</summary>
    private static void StoreSymbol(ProtobufStep step, int number, RowBlock block)
    {
        if (step.Symbols.TryGetValue(number, out int index))
        {
            step.Targets.StoreSymbol(index, step.SymbolNames[index], block);
        }
        else if (!step.IsClosed)
        {
            step.Targets.StoreMissing(block);
        }
    }

    private static long Integer(ReadOnlySpan<byte> value, int at) => at < 0 ? 0 : (long)new ProtobufReader(value, at, value.Length).ReadVarint();
}

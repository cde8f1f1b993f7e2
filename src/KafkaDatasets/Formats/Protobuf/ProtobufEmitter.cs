using System.Diagnostics.CodeAnalysis;
using System.Reflection.Emit;
using Google.Protobuf.Reflection;
using KafkaDatasets.Decoding;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>Compiles the steps of a Protobuf plan for messages in the usual form: each field at most once, in field-number order.</summary>
/// <remarks>Other messages (repeated or reordered fields, fields unknown to the writer's schema) are read step by step, and so are plans with lists, maps, bytes and groups.</remarks>
[RequiresDynamicCode("It compiles a plan to machine code.")]
internal sealed class ProtobufEmitter
{
    /// <summary>The most fields to compile, since longer code takes long to compile.</summary>
    private const int MostFields = 2000;

    private const int MostDense = 1024;

    private readonly RowEmitter _code;
    private readonly ILGenerator _il;
    private int _fields;

    private ProtobufEmitter(PartLayout layout)
    {
        _code = new RowEmitter(layout);
        _il = _code.Il;
    }

    /// <summary>Compiles a plan.</summary>
    /// <param name="root">The message.</param>
    /// <param name="writer">The message's descriptor in the writer's schema.</param>
    /// <param name="layout">The columns of the blocks.</param>
    /// <returns>Null when the plan must run step by step.</returns>
    public static CompiledRow? Compile(ProtobufStep root, MessageDescriptor writer, PartLayout layout)
    {
        if (!CanCompile(root))
        {
            return null;
        }

        var emitter = new ProtobufEmitter(layout);
        emitter.Message(root, writer);
        return emitter._fields <= MostFields ? emitter._code.Create() : null;
    }

    private static bool CanCompile(ProtobufStep step) =>
        step is { IsRepeated: false, Type: not (FieldType.Bytes or FieldType.Group), Field.Kind: not ProtobufKind.Map }
        && (step.Type != FieldType.String || step.Default.Length <= 1)
        && step.Members.All(CanCompile);

    private void Message(ProtobufStep message, MessageDescriptor writer)
    {
        var oneofs = new Dictionary<OneofDescriptor, LocalBuilder>();
        foreach (FieldDescriptor field in writer.Fields.InFieldNumberOrder())
        {
            if (++_fields > MostFields)
            {
                return;
            }

            ProtobufStep? step = Array.Find(message.Members, m => m.Number == field.FieldNumber);
            Label next = _il.DefineLabel();
            Label again = _il.DefineLabel();
            int before = _code.Unchecked;
            _il.MarkLabel(again);
            Label absent = MatchTag(field);
            if (step is { Rivals.Length: > 0 })
            {
                Claim(step, oneofs);
            }

            if (step is null or { Field.Kind: ProtobufKind.Ignored })
            {
                Skip(WireOf(field));
                if (field.IsRepeated)
                {
                    _il.Emit(OpCodes.Br, again);
                }
            }
            else
            {
                Present(step, field);
            }

            _il.Emit(OpCodes.Br, next);
            int after = _code.Unchecked;
            _code.Unchecked = before;
            _il.MarkLabel(absent);
            if (step is not null)
            {
                Absent(step, isPresent: true);
            }

            _il.MarkLabel(next);
            _code.Unchecked = Math.Max(after, _code.Unchecked);
        }

        foreach (ProtobufStep step in message.Members.Where(m => writer.FindFieldByNumber(m.Number) is null))
        {
            Absent(step, isPresent: true);
        }
    }

    /// <summary>Reads the tag of a field if it is the next one.</summary>
    /// <returns>The label to which it branches if it is not.</returns>
    private Label MatchTag(FieldDescriptor field) => MatchTag(((uint)field.FieldNumber << 3) | (uint)WireOf(field));

    private Label MatchTag(uint tag)
    {
        Label absent = _il.DefineLabel();
        _il.Emit(OpCodes.Ldloc, _code.Position);
        _il.Emit(OpCodes.Ldloc, _code.End);
        _il.Emit(OpCodes.Bge_Un, absent);
        int length = 0;
        for (uint rest = tag; ; rest >>= 7)
        {
            bool isLast = rest < 0x80;
            _code.LoadAddress(length++);
            _il.Emit(OpCodes.Ldind_U1);
            _il.Emit(OpCodes.Ldc_I4, (int)(isLast ? rest : (rest & 0x7f) | 0x80));
            _il.Emit(OpCodes.Bne_Un, absent);
            if (isLast)
            {
                break;
            }
        }

        _code.Advance(length);
        _code.Unchecked = length;
        return absent;
    }

    /// <summary>Falls back when a second member of a <c>oneof</c> would replace the first.</summary>
    private void Claim(ProtobufStep step, Dictionary<OneofDescriptor, LocalBuilder> oneofs)
    {
        OneofDescriptor oneof = step.Field.Descriptor!.RealContainingOneof;
        if (!oneofs.TryGetValue(oneof, out LocalBuilder? taken))
        {
            oneofs[oneof] = taken = _il.DeclareLocal(typeof(int));
        }

        _il.Emit(OpCodes.Ldloc, taken);
        _code.FailIf(OpCodes.Brtrue);
        _il.Emit(OpCodes.Ldc_I4_1);
        _il.Emit(OpCodes.Stloc, taken);
    }

    private void Skip(WireType wire)
    {
        switch (wire)
        {
            case WireType.Varint:
                _code.SkipVarint();
                break;
            case WireType.Fixed32:
                _code.Reserve(sizeof(uint));
                _code.Advance(sizeof(uint));
                break;
            case WireType.Fixed64:
                _code.Reserve(sizeof(ulong));
                _code.Advance(sizeof(ulong));
                break;
            case WireType.LengthDelimited:
                _code.ReadLength(isZigZag: false);
                _code.SkipBytes();
                break;
            default:
                _code.Fail();
                break;
        }
    }

    private void Present(ProtobufStep step, FieldDescriptor written)
    {
        switch (step.Field.Kind)
        {
            case ProtobufKind.Message:
                Within(() => Message(step, written.MessageType));
                break;
            case ProtobufKind.Timestamp:
                Time(step, nameof(ProtobufTime.TryTimestampTicks));
                break;
            case ProtobufKind.Duration:
                Time(step, nameof(ProtobufTime.TryDurationTicks));
                break;
            default:
                Scalar(step);
                break;
        }
    }

    /// <summary>Reads a nested message, which must be read to its end.</summary>
    private void Within(Action read)
    {
        LocalBuilder end = _il.DeclareLocal(typeof(byte).MakeByRefType());
        _code.ReadLength(isZigZag: false);
        _il.Emit(OpCodes.Ldloc, _code.End);
        _il.Emit(OpCodes.Stloc, end);
        _code.LoadAddress(0);
        _il.Emit(OpCodes.Ldloc, _code.Long);
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, _code.End);
        read();
        _il.Emit(OpCodes.Ldloc, _code.Position);
        _il.Emit(OpCodes.Ldloc, _code.End);
        _code.FailIf(OpCodes.Bne_Un);
        _il.Emit(OpCodes.Ldloc, end);
        _il.Emit(OpCodes.Stloc, _code.End);
        _code.Unchecked = 0;
    }

    private void Time(ProtobufStep step, string method)
    {
        LocalBuilder[] parts = [_il.DeclareLocal(typeof(long)), _il.DeclareLocal(typeof(long))]; // seconds, nanoseconds
        Within(() =>
        {
            for (int i = 0; i < parts.Length; i++)
            {
                Label next = _il.DefineLabel();
                _il.Emit(OpCodes.Ldc_I4_0);
                _il.Emit(OpCodes.Conv_I8);
                _il.Emit(OpCodes.Stloc, parts[i]);
                int before = _code.Unchecked;
                Label absent = MatchTag((uint)(i + 1) << 3);
                _code.ReadVarint(isZigZag: false);
                if (i == 1)
                {
                    Truncate(OpCodes.Conv_I8); // nanoseconds are of 32 bits
                }

                _il.Emit(OpCodes.Ldloc, _code.Long);
                _il.Emit(OpCodes.Stloc, parts[i]);
                _il.MarkLabel(absent);
                _code.Unchecked = Math.Max(before, _code.Unchecked);
            }
        });
        _il.Emit(OpCodes.Ldloc, parts[0]);
        _il.Emit(OpCodes.Ldloc, parts[1]);
        _il.Emit(OpCodes.Ldloca, _code.Long);
        _code.Call(typeof(ProtobufTime), method);
        _code.FailIf(OpCodes.Brfalse);
        _code.StoreTicks(step.Targets);
    }

    private void Scalar(ProtobufStep step)
    {
        switch (step.Type)
        {
            case FieldType.Float or FieldType.Double:
                int size = step.Type == FieldType.Float ? sizeof(float) : sizeof(double);
                _code.Reserve(size);
                _code.ReadNumber(0, step.Field.Type);
                _code.Advance(size);
                break;
            case FieldType.Fixed32 or FieldType.SFixed32 or FieldType.Fixed64 or FieldType.SFixed64:
                int width = step.Type is FieldType.Fixed32 or FieldType.SFixed32 ? sizeof(int) : sizeof(long);
                _code.Reserve(width);
                _code.LoadAddress(0);
                _il.Emit(OpCodes.Unaligned, (byte)1);
                _il.Emit(step.Type == FieldType.Fixed32 ? OpCodes.Ldind_U4 : step.Type == FieldType.SFixed32 ? OpCodes.Ldind_I4 : OpCodes.Ldind_I8);
                _il.Emit(step.Type == FieldType.Fixed32 ? OpCodes.Conv_U8 : OpCodes.Conv_I8);
                _il.Emit(OpCodes.Stloc, _code.Long);
                _code.Advance(width);
                break;
            case FieldType.String:
                _code.ReadLength(isZigZag: false);
                break;
            default:
                _code.ReadVarint(step.Type is FieldType.SInt32 or FieldType.SInt64);
                break;
        }

        StoreScalar(step);
    }

    /// <summary>Stores the value that was read into <see cref="RowEmitter.Long"/> or <see cref="RowEmitter.Double"/>.</summary>
    private void StoreScalar(ProtobufStep step)
    {
        switch (step.Type)
        {
            case FieldType.Float or FieldType.Double:
                _code.StoreNumber(step.Targets);
                break;
            case FieldType.String:
                _code.StoreText(step.Targets);
                break;
            case FieldType.Bool:
                _il.Emit(OpCodes.Ldloc, _code.Long);
                _il.Emit(OpCodes.Ldc_I4_0);
                _il.Emit(OpCodes.Conv_I8);
                _il.Emit(OpCodes.Cgt_Un);
                _il.Emit(OpCodes.Conv_I8);
                _il.Emit(OpCodes.Stloc, _code.Long);
                _code.StoreBoolean(step.Targets);
                break;
            case FieldType.Enum:
                Truncate(OpCodes.Conv_I8);
                StoreSymbol(step);
                break;
            case FieldType.Int32:
                Truncate(OpCodes.Conv_I8);
                _code.StoreInteger(step.Targets, is32: true);
                break;
            case FieldType.SInt32:
                _code.CheckInt32(); // a wider one, which should be truncated before it is decoded, is rare
                _code.StoreInteger(step.Targets, is32: true);
                break;
            case FieldType.SFixed32:
                _code.StoreInteger(step.Targets, is32: true);
                break;
            case FieldType.UInt32:
                Truncate(OpCodes.Conv_U8);
                _code.StoreInteger(step.Targets, is32: false);
                break;
            case FieldType.UInt64 or FieldType.Fixed64:
                _code.StoreUnsigned(step.Targets);
                break;
            default:
                _code.StoreInteger(step.Targets, is32: false);
                break;
        }
    }

    /// <summary>Truncates <see cref="RowEmitter.Long"/> to 32 bits.</summary>
    /// <param name="extend"><see cref="OpCodes.Conv_I8"/> for signed integers, <see cref="OpCodes.Conv_U8"/> for unsigned ones.</param>
    private void Truncate(OpCode extend)
    {
        _il.Emit(OpCodes.Ldloc, _code.Long);
        _il.Emit(OpCodes.Conv_I4);
        _il.Emit(extend);
        _il.Emit(OpCodes.Stloc, _code.Long);
    }

    private void StoreSymbol(ProtobufStep step)
    {
        Label done = _il.DefineLabel();
        Label unknown = _il.DefineLabel();
        int last = step.Symbols.Keys.Max();
        if (step.Symbols.Keys.Min() < 0 || last > MostDense)
        {
            _code.LoadConstant(step.Symbols);
            _il.Emit(OpCodes.Ldloc, _code.Long);
            _code.Call(typeof(ProtobufEmitter), nameof(IndexOf));
        }
        else
        {
            int[] indexes = [.. Enumerable.Range(0, last + 1).Select(n => step.Symbols.TryGetValue(n, out int index) ? index : -1)];
            _il.Emit(OpCodes.Ldloc, _code.Long);
            _il.Emit(OpCodes.Ldc_I8, (long)last);
            _il.Emit(OpCodes.Bgt_Un, unknown);
            _code.LoadConstant(indexes);
            _il.Emit(OpCodes.Ldloc, _code.Long);
            _il.Emit(OpCodes.Conv_I4);
            _il.Emit(OpCodes.Ldelem_I4);
        }

        _il.Emit(OpCodes.Conv_I8);
        _il.Emit(OpCodes.Stloc, _code.Long);
        _il.Emit(OpCodes.Ldloc, _code.Long);
        _il.Emit(OpCodes.Ldc_I4_0);
        _il.Emit(OpCodes.Conv_I8);
        _il.Emit(OpCodes.Blt, unknown);
        _code.StoreSymbol(step.Targets, step.SymbolNames);
        _il.Emit(OpCodes.Br, done);
        _il.MarkLabel(unknown);
        if (step.IsClosed)
        {
            _code.Fail(); // it is treated as an unknown field
        }
        else
        {
            _code.StoreMissing(step.Targets);
        }

        _il.MarkLabel(done);
    }

    internal static int IndexOf(Dictionary<int, int> symbols, long number) => symbols.TryGetValue((int)number, out int index) ? index : -1;

    private void Absent(ProtobufStep step, bool isPresent)
    {
        if (isPresent && step.Field.IsRequired)
        {
            _code.Fail();
            return;
        }

        switch (step.Field.Kind)
        {
            case ProtobufKind.Ignored:
                break;
            case ProtobufKind.Message:
                foreach (ProtobufStep member in step.Members)
                {
                    Absent(member, isPresent: false);
                }

                break;
            case ProtobufKind.Scalar when isPresent && !step.CanBeMissing:
                Default(step);
                break;
            default:
                _code.StoreMissing(step.Targets);
                break;
        }
    }

    /// <summary>Stores a field's default, which is known at compile time.</summary>
    private void Default(ProtobufStep step)
    {
        var reader = new ProtobufReader(step.Default, 0, step.Default.Length);
        if (step.Type is FieldType.Float or FieldType.Double)
        {
            _il.Emit(OpCodes.Ldc_R8, step.Type == FieldType.Float ? reader.ReadFloat() : reader.ReadDouble());
            _il.Emit(OpCodes.Stloc, _code.Double);
        }
        else
        {
            _il.Emit(OpCodes.Ldc_I8, step.Type switch
            {
                FieldType.Fixed32 => reader.ReadFixed32(),
                FieldType.SFixed32 => (int)reader.ReadFixed32(),
                FieldType.Fixed64 or FieldType.SFixed64 => (long)reader.ReadFixed64(),
                FieldType.SInt32 or FieldType.SInt64 => ByteReader.ZigZag(reader.ReadVarint()),
                _ => (long)reader.ReadVarint(),
            });
            _il.Emit(OpCodes.Stloc, _code.Long);
        }

        StoreScalar(step);
    }

    private static WireType WireOf(FieldDescriptor field) => field switch
    {
        { IsMap: true } or { IsRepeated: true, IsPacked: true } => WireType.LengthDelimited,
        _ => ProtobufStep.WireOf(field.FieldType),
    };
}

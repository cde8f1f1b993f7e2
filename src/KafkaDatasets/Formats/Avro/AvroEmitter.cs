using System.Diagnostics.CodeAnalysis;
using System.Reflection.Emit;
using KafkaDatasets.Decoding;

namespace KafkaDatasets.Formats.Avro;

/// <summary>
/// Compiles the steps of an Avro plan: runs of fixed-width fields, integers, texts, enums, times, and unions of these become machine code; lists, maps and rare types
/// are run step by step through calls.
/// </summary>
[RequiresDynamicCode("It compiles a plan to machine code.")]
internal sealed class AvroEmitter
{
    /// <summary>The most steps to compile, since longer code takes long to compile; the remaining steps are called.</summary>
    private const int MostSteps = 4000;

    private readonly RowEmitter _code;
    private int _steps;

    private AvroEmitter(PartLayout layout) => _code = new RowEmitter(layout);

    public static CompiledRow Compile(AvroStep[] steps, PartLayout layout)
    {
        var emitter = new AvroEmitter(layout);
        emitter.Emit(steps);
        return emitter._code.Create();
    }

    private void Emit(AvroStep[] steps)
    {
        foreach (AvroStep step in steps)
        {
            _steps++;
            Emit(step);
        }
    }

    private void Emit(AvroStep step)
    {
        if (_steps > MostSteps)
        {
            Interpret(step);
            return;
        }

        switch (step.Kind)
        {
            case AvroStepKind.Fixed:
                Fixed(step);
                break;
            case AvroStepKind.Int or AvroStepKind.Long when step.Targets.Length == 0:
                _code.SkipVarint();
                break;
            case AvroStepKind.Int:
                _code.ReadVarint(isZigZag: true);
                _code.CheckInt32();
                _code.StoreInteger(step.Targets, is32: true);
                break;
            case AvroStepKind.Long:
                _code.ReadVarint(isZigZag: true);
                _code.StoreInteger(step.Targets, is32: false);
                break;
            case AvroStepKind.Text when step.Targets.Length == 0:
                _code.ReadLength(isZigZag: true);
                _code.SkipBytes();
                break;
            case AvroStepKind.Text:
                _code.ReadLength(isZigZag: true);
                _code.StoreText(step.Targets);
                break;
            case AvroStepKind.Enum:
                Enum(step);
                break;
            case AvroStepKind.Time:
                Time(step);
                break;
            case AvroStepKind.Union when step.Branches.Length <= 64:
                Union(step);
                break;
            case AvroStepKind.Missing:
                _code.StoreMissing(step.Targets);
                break;
            case AvroStepKind.Default:
                Default(step);
                break;
            case AvroStepKind.Fail:
                _code.Fail();
                break;
            default:
                Interpret(step);
                break;
        }
    }

    private void Fixed(AvroStep step)
    {
        _code.Reserve(step.Length);
        foreach (FixedCopy copy in step.Copies)
        {
            if (copy.Source == ColumnType.Boolean)
            {
                _code.LoadAddress(copy.Offset);
                _code.Il.Emit(OpCodes.Ldind_U1);
                _code.Il.Emit(OpCodes.Conv_U8);
                _code.Il.Emit(OpCodes.Stloc, _code.Long);
                _code.Il.Emit(OpCodes.Ldloc, _code.Long);
                _code.Il.Emit(OpCodes.Ldc_I4_1);
                _code.Il.Emit(OpCodes.Conv_I8);
                _code.FailIf(OpCodes.Bgt_Un);
                _code.StoreBoolean(copy.Target);
            }
            else if (copy.IsVerbatim)
            {
                _code.CopyVerbatim(copy);
            }
            else
            {
                _code.ReadNumber(copy.Offset, copy.Source);
                _code.StoreNumber(copy.Target);
            }
        }

        _code.Advance(step.Length);
    }

    /// <summary>Converts the writer's index to the reader's.</summary>
    private void Enum(AvroStep step)
    {
        int[] indexes = [.. step.Symbols.Select(s => s.Index)];
        _code.ReadVarint(isZigZag: true);
        _code.Il.Emit(OpCodes.Ldloc, _code.Long);
        _code.Il.Emit(OpCodes.Ldc_I4, indexes.Length);
        _code.Il.Emit(OpCodes.Conv_I8);
        _code.FailIf(OpCodes.Bge_Un);
        byte[][] symbols = new byte[step.Symbols.Max(s => s.Index) + 1][];
        foreach ((byte[] symbol, int index) in step.Symbols.Where(s => s.Index >= 0))
        {
            symbols[index] = symbol;
        }

        if (!indexes.SequenceEqual(Enumerable.Range(0, indexes.Length)))
        {
            _code.LoadConstant(indexes);
            _code.Il.Emit(OpCodes.Ldloc, _code.Long);
            _code.Il.Emit(OpCodes.Conv_I4);
            _code.Il.Emit(OpCodes.Ldelem_I4);
            _code.Il.Emit(OpCodes.Conv_I8);
            _code.Il.Emit(OpCodes.Stloc, _code.Long);
            _code.Il.Emit(OpCodes.Ldloc, _code.Long);
            _code.Il.Emit(OpCodes.Ldc_I4_0);
            _code.Il.Emit(OpCodes.Conv_I8);
            _code.FailIf(OpCodes.Blt);
        }

        _code.StoreSymbol(step.Targets, symbols);
    }

    private void Time(AvroStep step)
    {
        _code.ReadVarint(isZigZag: true);
        if (step.Length == sizeof(int))
        {
            _code.CheckInt32();
        }

        _code.Il.Emit(OpCodes.Ldc_I4, (int)step.Unit);
        _code.Il.Emit(OpCodes.Ldloca, _code.Long);
        _code.Call(typeof(AvroTime), nameof(AvroTime.TryToTicks));
        _code.FailIf(OpCodes.Brfalse);
        _code.StoreTicks(step.Targets);
    }

    private void Union(AvroStep step)
    {
        ILGenerator il = _code.Il;
        Label[] branches = [.. step.Branches.Select(_ => il.DefineLabel())];
        Label done = il.DefineLabel();
        _code.Reserve(1);
        for (int i = 0; i < branches.Length; i++)
        {
            _code.LoadAddress(0);
            il.Emit(OpCodes.Ldind_U1);
            il.Emit(OpCodes.Ldc_I4, i * 2); // zig-zag
            il.Emit(OpCodes.Beq, branches[i]);
        }

        _code.Fail();
        int before = _code.Unchecked;
        int after = 0;
        for (int i = 0; i < branches.Length; i++)
        {
            il.MarkLabel(branches[i]);
            _code.Unchecked = before;
            _code.Advance(1);
            Emit(step.Branches[i]);
            after = Math.Max(after, _code.Unchecked);
            il.Emit(OpCodes.Br, done);
        }

        _code.Unchecked = after;
        il.MarkLabel(done);
    }

    /// <summary>Reads the default from its encoded bytes, as if they were in the value.</summary>
    private void Default(AvroStep step)
    {
        ILGenerator il = _code.Il;
        LocalBuilder position = il.DeclareLocal(typeof(byte).MakeByRefType());
        LocalBuilder end = il.DeclareLocal(typeof(byte).MakeByRefType());
        byte[] encoded = [.. step.Encoded, .. new byte[CompiledPlan.Slack]];
        il.Emit(OpCodes.Ldloc, _code.Position);
        il.Emit(OpCodes.Stloc, position);
        il.Emit(OpCodes.Ldloc, _code.End);
        il.Emit(OpCodes.Stloc, end);
        _code.LoadConstant(encoded);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Ldelema, typeof(byte));
        il.Emit(OpCodes.Stloc, _code.Position);
        _code.LoadAddress(step.Encoded.Length);
        il.Emit(OpCodes.Stloc, _code.End);
        int before = _code.Unchecked;
        _code.Unchecked = 0;
        Emit(step.Branches[0]);
        _code.Unchecked = before;
        il.Emit(OpCodes.Ldloc, position);
        il.Emit(OpCodes.Stloc, _code.Position);
        il.Emit(OpCodes.Ldloc, end);
        il.Emit(OpCodes.Stloc, _code.End);
    }

    private void Interpret(AvroStep step)
    {
        _code.LoadConstant(new[] { step });
        _code.LoadAddress(0);
        _code.LoadRemaining();
        _code.Il.Emit(OpCodes.Ldarg_3);
        _code.Call(typeof(AvroPlan), nameof(AvroPlan.RunSteps));
        _code.AdvanceBy();
        _code.Unchecked = 0;
    }
}

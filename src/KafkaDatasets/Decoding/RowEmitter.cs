using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Emits the code of a <see cref="CompiledRow"/>: tracks the position in the value, reads varints, and stores values in the column arrays.</summary>
/// <remarks>Rare cases call <see cref="CompiledCalls"/> or the plan's own steps.</remarks>
[RequiresDynamicCode("It compiles a plan to machine code.")]
internal sealed class RowEmitter
{
    /// <summary>The most bytes of fixed or bounded length that are read between checks for the end of the value.</summary>
    private const int MostUnchecked = 256;

    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private readonly DynamicMethod _method = new("Row", typeof(bool), [typeof(object[]), typeof(byte).MakeByRefType(), typeof(byte).MakeByRefType(), typeof(RowBlock)], typeof(RowEmitter).Module, skipVisibility: true);
    private readonly List<object> _constants = [];
    private readonly Dictionary<int, LocalBuilder> _columns = [];
    private readonly IReadOnlyList<BlockColumn> _layout;
    private readonly LocalBuilder _length;
    private readonly LocalBuilder _raw;
    private readonly LocalBuilder _byte;
    private readonly Label _fail;

    /// <summary>Starts the code.</summary>
    /// <param name="layout">The columns to write.</param>
    public RowEmitter(PartLayout layout)
    {
        _layout = layout.Columns;
        Il = _method.GetILGenerator(4096);
        _fail = Il.DefineLabel();
        Position = Il.DeclareLocal(typeof(byte).MakeByRefType());
        End = Il.DeclareLocal(typeof(byte).MakeByRefType());
        Long = Il.DeclareLocal(typeof(long));
        Double = Il.DeclareLocal(typeof(double));
        _length = Il.DeclareLocal(typeof(nint));
        _raw = Il.DeclareLocal(typeof(ulong));
        _byte = Il.DeclareLocal(typeof(int));
        Il.Emit(OpCodes.Ldarg_1);
        Il.Emit(OpCodes.Stloc, Position);
        Il.Emit(OpCodes.Ldarg_2);
        Il.Emit(OpCodes.Stloc, End);
        foreach (int column in layout.Targets.SelectMany(t => t).Where(t => IsInline(t) && (IsFixed(t.Definition) || IsText(t.Definition))).Select(t => t.Column).Distinct())
        {
            LoadColumn(column);
        }
    }

    public ILGenerator Il { get; }

    /// <summary>The address of the next byte.</summary>
    public LocalBuilder Position { get; }

    /// <summary>The address after the value, or after the part of it that is being read.</summary>
    public LocalBuilder End { get; }

    /// <summary>The last integer read.</summary>
    public LocalBuilder Long { get; }

    /// <summary>The last number read.</summary>
    public LocalBuilder Double { get; }

    /// <summary>The most bytes that may have been read since the last check for the end of the value.</summary>
    public int Unchecked { get; set; }

    /// <summary>Finishes the code, which requires that the value is read to its end.</summary>
    public CompiledRow Create()
    {
        Il.Emit(OpCodes.Ldloc, Position);
        Il.Emit(OpCodes.Ldloc, End);
        Il.Emit(OpCodes.Ceq);
        Il.Emit(OpCodes.Ret);
        Il.MarkLabel(_fail);
        Il.Emit(OpCodes.Ldc_I4_0);
        Il.Emit(OpCodes.Ret);
        return _method.CreateDelegate<CompiledRow>(_constants.ToArray());
    }

    /// <summary>Falls back to the plan's steps.</summary>
    public void Fail() => Il.Emit(OpCodes.Br, _fail);

    /// <summary>Falls back to the plan's steps if a branch on the stack's values is taken.</summary>
    public void FailIf(OpCode branch) => Il.Emit(branch, _fail);

    /// <summary>Declares that up to this many bytes are read next.</summary>
    public void Reserve(int bytes)
    {
        if (Unchecked + bytes > MostUnchecked)
        {
            Check();
        }

        Unchecked += bytes;
        if (bytes > MostUnchecked)
        {
            LoadRemaining();
            Il.Emit(OpCodes.Ldc_I4, bytes);
            Il.Emit(OpCodes.Conv_I);
            FailIf(OpCodes.Blt);
            Unchecked = 0;
        }
    }

    /// <summary>Checks that the position is not past the end of the value.</summary>
    public void Check()
    {
        Il.Emit(OpCodes.Ldloc, Position);
        Il.Emit(OpCodes.Ldloc, End);
        FailIf(OpCodes.Bgt_Un);
        Unchecked = 0;
    }

    /// <summary>Pushes the number of bytes left in the value, which is negative after an overrun.</summary>
    public void LoadRemaining()
    {
        Il.Emit(OpCodes.Ldloc, End);
        Il.Emit(OpCodes.Ldloc, Position);
        Il.Emit(OpCodes.Sub);
    }

    /// <summary>Pushes the address at an offset from the position.</summary>
    public void LoadAddress(int offset)
    {
        Il.Emit(OpCodes.Ldloc, Position);
        if (offset > 0)
        {
            Il.Emit(OpCodes.Ldc_I4, offset);
            Il.Emit(OpCodes.Add);
        }
    }

    /// <summary>Advances by a number of bytes.</summary>
    public void Advance(int bytes)
    {
        LoadAddress(bytes);
        Il.Emit(OpCodes.Stloc, Position);
    }

    /// <summary>Advances by the number of bytes on the stack, a native integer.</summary>
    public void AdvanceBy()
    {
        Il.Emit(OpCodes.Ldloc, Position);
        Il.Emit(OpCodes.Add);
        Il.Emit(OpCodes.Stloc, Position);
    }

    /// <summary>Reads a varint into <see cref="Long"/>.</summary>
    public void ReadVarint(bool isZigZag)
    {
        Reserve(10);
        Label isLong = Il.DefineLabel();
        Label done = Il.DefineLabel();
        Il.Emit(OpCodes.Ldloc, Position);
        Il.Emit(OpCodes.Ldind_U1);
        Il.Emit(OpCodes.Dup);
        Il.Emit(OpCodes.Stloc, _byte);
        Il.Emit(OpCodes.Ldc_I4, 0x7f);
        Il.Emit(OpCodes.Bgt_Un, isLong);
        if (isZigZag)
        {
            Il.Emit(OpCodes.Ldloc, _byte);
            Il.Emit(OpCodes.Ldc_I4_1);
            Il.Emit(OpCodes.Shr_Un);
            Il.Emit(OpCodes.Ldloc, _byte);
            Il.Emit(OpCodes.Ldc_I4_1);
            Il.Emit(OpCodes.And);
            Il.Emit(OpCodes.Neg);
            Il.Emit(OpCodes.Xor);
            Il.Emit(OpCodes.Conv_I8);
        }
        else
        {
            Il.Emit(OpCodes.Ldloc, _byte);
            Il.Emit(OpCodes.Conv_U8);
        }

        Il.Emit(OpCodes.Stloc, Long);
        Advance(1);
        Il.Emit(OpCodes.Br, done);
        Il.MarkLabel(isLong);
        ReadSecondByte(isZigZag, done);
        Il.Emit(OpCodes.Ldloc, Position);
        Il.Emit(OpCodes.Ldloca, _length);
        Call(typeof(CompiledCalls), nameof(CompiledCalls.ReadVarint));
        StoreRaw(isZigZag);
        Il.Emit(OpCodes.Ldloc, _length);
        FailIf(OpCodes.Brfalse);
        Il.Emit(OpCodes.Ldloc, _length);
        AdvanceBy();
        Il.MarkLabel(done);
    }

    /// <summary>Reads a varint of two bytes into <see cref="Long"/>, the first of which has been read; goes on when it is longer.</summary>
    private void ReadSecondByte(bool isZigZag, Label done)
    {
        Label isLonger = Il.DefineLabel();
        LoadAddress(1);
        Il.Emit(OpCodes.Ldind_U1);
        Il.Emit(OpCodes.Ldc_I4, 0x7f);
        Il.Emit(OpCodes.Bgt_Un, isLonger);
        Il.Emit(OpCodes.Ldloc, _byte);
        Il.Emit(OpCodes.Ldc_I4, 0x7f);
        Il.Emit(OpCodes.And);
        LoadAddress(1);
        Il.Emit(OpCodes.Ldind_U1);
        Il.Emit(OpCodes.Ldc_I4_7);
        Il.Emit(OpCodes.Shl);
        Il.Emit(OpCodes.Or);
        Il.Emit(OpCodes.Conv_U8);
        StoreRaw(isZigZag);
        Advance(2);
        Il.Emit(OpCodes.Br, done);
        Il.MarkLabel(isLonger);
    }

    /// <summary>Stores the unsigned integer on the stack in <see cref="Long"/>.</summary>
    private void StoreRaw(bool isZigZag)
    {
        if (isZigZag)
        {
            Il.Emit(OpCodes.Stloc, _raw);
            Il.Emit(OpCodes.Ldloc, _raw);
            Il.Emit(OpCodes.Ldc_I4_1);
            Il.Emit(OpCodes.Shr_Un);
            Il.Emit(OpCodes.Ldloc, _raw);
            Il.Emit(OpCodes.Ldc_I4_1);
            Il.Emit(OpCodes.Conv_I8);
            Il.Emit(OpCodes.And);
            Il.Emit(OpCodes.Neg);
            Il.Emit(OpCodes.Xor);
        }

        Il.Emit(OpCodes.Stloc, Long);
    }

    /// <summary>Skips a varint.</summary>
    public void SkipVarint()
    {
        Reserve(10);
        Label isLong = Il.DefineLabel();
        Label done = Il.DefineLabel();
        Il.Emit(OpCodes.Ldloc, Position);
        Il.Emit(OpCodes.Ldind_U1);
        Il.Emit(OpCodes.Ldc_I4, 0x7f);
        Il.Emit(OpCodes.Bgt_Un, isLong);
        Advance(1);
        Il.Emit(OpCodes.Br, done);
        Il.MarkLabel(isLong);
        Il.Emit(OpCodes.Ldloc, Position);
        Call(typeof(CompiledCalls), nameof(CompiledCalls.VarintLength));
        Il.Emit(OpCodes.Stloc, _length);
        Il.Emit(OpCodes.Ldloc, _length);
        FailIf(OpCodes.Brfalse);
        Il.Emit(OpCodes.Ldloc, _length);
        AdvanceBy();
        Il.MarkLabel(done);
    }

    /// <summary>Fails unless the last integer read fits into 32 bits.</summary>
    public void CheckInt32()
    {
        Il.Emit(OpCodes.Ldloc, Long);
        Il.Emit(OpCodes.Conv_I4);
        Il.Emit(OpCodes.Conv_I8);
        Il.Emit(OpCodes.Ldloc, Long);
        FailIf(OpCodes.Bne_Un);
    }

    /// <summary>Reads a length into <see cref="Long"/>, and fails unless that many bytes are left.</summary>
    public void ReadLength(bool isZigZag)
    {
        ReadVarint(isZigZag);
        Il.Emit(OpCodes.Ldloc, Long);
        Il.Emit(OpCodes.Ldc_I4_0);
        Il.Emit(OpCodes.Conv_I8);
        FailIf(OpCodes.Blt);
        Il.Emit(OpCodes.Ldloc, Long);
        LoadRemaining();
        Il.Emit(OpCodes.Conv_I8);
        FailIf(OpCodes.Bgt);
        Unchecked = 0;
    }

    /// <summary>Skips the number of bytes in <see cref="Long"/>.</summary>
    public void SkipBytes()
    {
        Il.Emit(OpCodes.Ldloc, Long);
        Il.Emit(OpCodes.Conv_I);
        AdvanceBy();
    }

    /// <summary>Reads the number of bytes in <see cref="Long"/> and stores them as text.</summary>
    public void StoreText(ColumnTarget[] targets)
    {
        foreach (ColumnTarget target in targets)
        {
            bool isInline = IsInline(target) && IsText(target.Definition);
            if (isInline)
            {
                Il.Emit(OpCodes.Ldloc, _columns[target.Column]);
                Il.Emit(OpCodes.Ldarg_3);
                Il.Emit(OpCodes.Ldc_I4, target.Slot);
            }
            else
            {
                LoadConstant(new[] { target });
                Il.Emit(OpCodes.Ldarg_3);
            }

            Il.Emit(OpCodes.Ldloc, Position);
            Il.Emit(OpCodes.Ldloc, Long);
            Il.Emit(OpCodes.Conv_I);
            Call(typeof(CompiledCalls), isInline ? nameof(CompiledCalls.SetText) : nameof(CompiledCalls.StoreText));
        }

        SkipBytes();
    }

    /// <summary>Stores the integer in <see cref="Long"/>.</summary>
    /// <param name="targets">The columns.</param>
    /// <param name="is32">Whether it is known to fit into 32 bits.</param>
    public void StoreInteger(ColumnTarget[] targets, bool is32)
    {
        foreach (ColumnTarget target in targets)
        {
            switch (IsInline(target) ? target.Definition.Type : ColumnType.Text)
            {
                case ColumnType.Single:
                    Store(target, sizeof(float), OpCodes.Stind_R4, () => LoadLong(OpCodes.Conv_R4));
                    break;
                case ColumnType.Double:
                    Store(target, sizeof(double), OpCodes.Stind_R8, () => LoadLong(OpCodes.Conv_R8));
                    break;
                case ColumnType.Int64:
                    Store(target, sizeof(long), OpCodes.Stind_I8, () => LoadLong(null));
                    break;
                case ColumnType.Int32 when is32:
                    Store(target, sizeof(int), OpCodes.Stind_I4, () => LoadLong(OpCodes.Conv_I4));
                    break;
                default:
                    LoadConstant(new[] { target });
                    Il.Emit(OpCodes.Ldarg_3);
                    Il.Emit(OpCodes.Ldloc, Long);
                    Call(typeof(CompiledCalls), nameof(CompiledCalls.StoreInteger));
                    break;
            }
        }
    }

    /// <summary>Stores the unsigned integer in <see cref="Long"/>.</summary>
    public void StoreUnsigned(ColumnTarget[] targets)
    {
        LoadConstant(targets);
        Il.Emit(OpCodes.Ldarg_3);
        Il.Emit(OpCodes.Ldloc, Long);
        Call(typeof(CompiledCalls), nameof(CompiledCalls.StoreUnsigned));
    }

    /// <summary>Stores the Boolean in <see cref="Long"/>, which is 0 or 1.</summary>
    public void StoreBoolean(ColumnTarget[] targets)
    {
        foreach (ColumnTarget target in targets)
        {
            if (IsInline(target) && target.Definition.Type == ColumnType.Boolean)
            {
                Store(target, sizeof(bool), OpCodes.Stind_I1, () => LoadLong(OpCodes.Conv_I4));
            }
            else
            {
                StoreInteger([target], is32: true);
            }
        }
    }

    /// <summary>Stores the number in <see cref="Double"/>.</summary>
    public void StoreNumber(ColumnTarget[] targets)
    {
        foreach (ColumnTarget target in targets)
        {
            switch (IsInline(target) && target.Definition.Label != LabelKind.Binary ? target.Definition.Type : ColumnType.Text)
            {
                case ColumnType.Single:
                    Store(target, sizeof(float), OpCodes.Stind_R4, () =>
                    {
                        Il.Emit(OpCodes.Ldloc, Double);
                        Il.Emit(OpCodes.Conv_R4);
                    });
                    break;
                case ColumnType.Double:
                    Store(target, sizeof(double), OpCodes.Stind_R8, () => Il.Emit(OpCodes.Ldloc, Double));
                    break;
                default:
                    LoadConstant(new[] { target });
                    Il.Emit(OpCodes.Ldarg_3);
                    Il.Emit(OpCodes.Ldloc, Double);
                    Call(typeof(CompiledCalls), nameof(CompiledCalls.StoreNumber));
                    break;
            }
        }
    }

    /// <summary>Stores the ticks in <see cref="Long"/>.</summary>
    public void StoreTicks(ColumnTarget[] targets)
    {
        LoadConstant(targets);
        Il.Emit(OpCodes.Ldarg_3);
        Il.Emit(OpCodes.Ldloc, Long);
        Call(typeof(CompiledCalls), nameof(CompiledCalls.StoreTicks));
    }

    /// <summary>Stores the symbol whose index in the dataset's enum is in <see cref="Long"/>.</summary>
    public void StoreSymbol(ColumnTarget[] targets, byte[][] symbols)
    {
        foreach (ColumnTarget target in targets)
        {
            if (IsInline(target) && target.Definition.Type == ColumnType.Key)
            {
                Store(target, sizeof(uint), OpCodes.Stind_I4, () =>
                {
                    LoadLong(OpCodes.Conv_I4);
                    Il.Emit(OpCodes.Ldc_I4_1);
                    Il.Emit(OpCodes.Add);
                });
                continue;
            }

            LoadConstant(new[] { target });
            Il.Emit(OpCodes.Ldarg_3);
            LoadConstant(symbols);
            LoadLong(OpCodes.Conv_I4);
            Call(typeof(CompiledCalls), nameof(CompiledCalls.StoreSymbol));
        }
    }

    /// <summary>Stores a missing value.</summary>
    public void StoreMissing(ColumnTarget[] targets)
    {
        foreach (ColumnTarget target in targets)
        {
            switch (IsInline(target) && target.Definition.Tensor is null ? target.Definition.Type : ColumnType.Text)
            {
                case ColumnType.Single:
                    Store(target, sizeof(float), OpCodes.Stind_R4, () => Il.Emit(OpCodes.Ldc_R4, float.NaN));
                    break;
                case ColumnType.Double:
                    Store(target, sizeof(double), OpCodes.Stind_R8, () => Il.Emit(OpCodes.Ldc_R8, double.NaN));
                    break;
                default:
                    LoadConstant(new[] { target });
                    Il.Emit(OpCodes.Ldarg_3);
                    Call(typeof(CompiledCalls), nameof(CompiledCalls.StoreMissing));
                    break;
            }
        }
    }

    /// <summary>Copies bytes that have the same layout in the value as in the column.</summary>
    public void CopyVerbatim(in FixedCopy copy)
    {
        int size = copy.Source == ColumnType.Single ? sizeof(float) : sizeof(double);
        Il.Emit(OpCodes.Ldloc, _columns[copy.Column]);
        if (copy.Slot > 0)
        {
            Il.Emit(OpCodes.Ldc_I4, copy.Slot * size);
            Il.Emit(OpCodes.Add);
        }

        LoadAddress(copy.Offset);
        if (copy.Length == size)
        {
            Il.Emit(OpCodes.Unaligned, (byte)1);
            Il.Emit(size == sizeof(float) ? OpCodes.Ldind_R4 : OpCodes.Ldind_R8);
            Il.Emit(size == sizeof(float) ? OpCodes.Stind_R4 : OpCodes.Stind_R8);
            return;
        }

        Il.Emit(OpCodes.Ldc_I4, copy.Length);
        Il.Emit(OpCodes.Unaligned, (byte)1);
        Il.Emit(OpCodes.Cpblk);
    }

    /// <summary>Reads a 32-bit or 64-bit number at an offset into <see cref="Double"/>.</summary>
    public void ReadNumber(int offset, ColumnType type)
    {
        LoadAddress(offset);
        Il.Emit(OpCodes.Unaligned, (byte)1);
        Il.Emit(type == ColumnType.Single ? OpCodes.Ldind_R4 : OpCodes.Ldind_R8);
        Il.Emit(OpCodes.Conv_R8);
        Il.Emit(OpCodes.Stloc, Double);
    }

    /// <summary>Pushes an object that the code captures.</summary>
    public void LoadConstant(object constant)
    {
        Il.Emit(OpCodes.Ldarg_0);
        Il.Emit(OpCodes.Ldc_I4, _constants.Count);
        Il.Emit(OpCodes.Ldelem_Ref);
        _constants.Add(constant);
    }

    public void Call([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods | DynamicallyAccessedMemberTypes.NonPublicMethods)] Type type, string method) => Il.Emit(OpCodes.Call, type.GetMethod(method, Any)!);

    private static bool IsFixed(BlockColumn column) => column.Tensor is not null || (column.Type != ColumnType.Text && !column.Fields[0].IsRagged);

    private static bool IsText(BlockColumn column) => column.Type == ColumnType.Text && column.Tensor is null && !column.Fields[0].IsRagged;

    /// <summary>Whether the target is one value per row in an array of its type.</summary>
    private static bool IsInline(in ColumnTarget target) => target is { IsList: false, IsLengths: false, Categories: null };

    private void LoadLong(OpCode? conversion)
    {
        Il.Emit(OpCodes.Ldloc, Long);
        if (conversion is { } code)
        {
            Il.Emit(code);
        }
    }

    private void Store(in ColumnTarget target, int size, OpCode store, Action load)
    {
        Il.Emit(OpCodes.Ldloc, _columns[target.Column]);
        if (target.Slot > 0)
        {
            Il.Emit(OpCodes.Ldc_I4, target.Slot * size);
            Il.Emit(OpCodes.Add);
        }

        load();
        Il.Emit(store);
    }

    /// <summary>Loads into a local the start of the row's values in a column, or the text column.</summary>
    [DynamicDependency(nameof(FixedColumn<int>.Slot), typeof(FixedColumn<>))]
    private void LoadColumn(int index)
    {
        BlockColumn column = _layout[index];
        Il.Emit(OpCodes.Ldarg_3);
        Il.Emit(OpCodes.Call, typeof(RowBlock).GetProperty(nameof(RowBlock.Columns), Any)!.GetMethod!);
        Il.Emit(OpCodes.Ldc_I4, index);
        Il.Emit(OpCodes.Ldelem_Ref);
        Type type = column.CreateBuffer().GetType();
        LocalBuilder local = Il.DeclareLocal(IsText(column) ? type : type.GenericTypeArguments[0].MakeByRefType());
        if (!IsText(column))
        {
            Il.Emit(OpCodes.Ldarg_3);
            Il.Emit(OpCodes.Call, typeof(RowBlock).GetProperty(nameof(RowBlock.Rows), Any)!.GetMethod!);
            Il.Emit(OpCodes.Call, type.GetMethod(nameof(FixedColumn<int>.Slot), Any)!);
        }

        Il.Emit(OpCodes.Stloc, local);
        _columns.Add(index, local);
    }
}

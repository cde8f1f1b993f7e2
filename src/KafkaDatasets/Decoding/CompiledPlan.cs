using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>The fast path of a plan that is compiled to machine code.</summary>
/// <param name="row">The code that reads one value.</param>
/// <param name="layout">The columns of the blocks.</param>
internal sealed class CompiledPlan(CompiledRow row, PartLayout layout) : BulkPlan(layout)
{
    /// <summary>How many bytes past the end of a value the code may read but never use: it checks its position after every variable-length value and at intervals between others.</summary>
    public const int Slack = 384;

    /// <summary>The largest value at the end of a chunk that is copied; larger ones are read step by step.</summary>
    private const int MostCopied = 64 * 1024;

    [ThreadStatic]
    private static byte[]? _copy;

    /// <summary>The bytes that precede every ordinary value and that the compiled code does not read.</summary>
    public byte[] Prefix { get; init; } = [];

    public override bool CanFollowHeader => Prefix.Length == 0; // a header has these bytes after the schema's id

    /// <summary>Whether plans can be compiled; when they cannot, as in an AOT-compiled program, they run step by step.</summary>
    public static bool IsSupported => RuntimeFeature.IsDynamicCodeCompiled && BitConverter.IsLittleEndian && !IsStepByStep;

    /// <summary>Whether plans must run step by step without any fast path: set by a test, a benchmark, or the switch <c>KafkaDatasets.InterpretPlans</c>.</summary>
    public static bool IsStepByStep => Interpret.Value || IsOff;

    /// <summary>For tests and benchmarks: whether plans created in this async context run step by step.</summary>
    internal static AsyncLocal<bool> Interpret { get; } = new();

    /// <summary>The <see cref="AppContext"/> switch, for use when a compiled plan is suspected of a fault.</summary>
    private static bool IsOff { get; } = AppContext.TryGetSwitch("KafkaDatasets.InterpretPlans", out bool isOff) && isOff;

    /// <summary>Reads a single value into the block's next row.</summary>
    /// <returns>False when the plan must read the value step by step.</returns>
    public bool TryRead(ReadOnlySpan<byte> value, RowBlock block)
    {
        if (value.Length > MostCopied)
        {
            return false;
        }

        byte[] copy = Copy(value);
        return TryRun(ref MemoryMarshal.GetArrayDataReference(copy), value.Length, block);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected internal override int Fill(byte[] bytes, ReadOnlySpan<RecordEntry> strip, int framing, RowBlock block)
    {
        int first = block.Rows;
        int count = 0;
        int prefix = Prefix.Length;
        ref byte start = ref MemoryMarshal.GetArrayDataReference(bytes);
        try
        {
            foreach (ref readonly RecordEntry entry in strip)
            {
                int from = entry.ValueStart + framing + prefix;
                int length = entry.ValueLength - framing - prefix;
                if (prefix > 0 && (length < 0 || !bytes.AsSpan(from - prefix, prefix).SequenceEqual(Prefix)))
                {
                    break;
                }

                bool isRead = from + length + Slack <= bytes.Length
                    ? Run(ref Unsafe.Add(ref start, from), length, block)
                    : TryRead(bytes.AsSpan(from, length), block);
                if (!isRead)
                {
                    break;
                }

                count++;
                block.Seek(first + count);
            }
        }
        catch (MalformedValueException)
        {
            // the plan reads the value again step by step and reports what is wrong with it
        }

        block.Seek(first);
        return count;
    }

    private bool TryRun(ref byte value, int length, RowBlock block)
    {
        try
        {
            return Run(ref value, length, block);
        }
        catch (MalformedValueException)
        {
            return false;
        }
    }

    private bool Run(ref byte value, int length, RowBlock block) => row(ref value, ref Unsafe.Add(ref value, length), block);

    private static byte[] Copy(ReadOnlySpan<byte> value)
    {
        byte[] copy = _copy is { } last && last.Length >= value.Length + Slack ? last : _copy = new byte[Math.Max(1024, (value.Length * 2) + Slack)];
        value.CopyTo(copy);
        return copy;
    }
}

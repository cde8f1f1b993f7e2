using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>The fast path of a plan that was compiled to machine code.</summary>
/// <param name="row">Reads one value.</param>
/// <param name="layout">The columns of the blocks.</param>
internal sealed class CompiledPlan(CompiledRow row, PartLayout layout) : BulkPlan(layout)
{
    /// <summary>How far beyond the end of a value the code may read, never use, bytes: it checks where it stands after every variable-length value and now and then between others.</summary>
    public const int Slack = 384;

    /// <summary>Larger values at the end of a chunk are read step by step.</summary>
    private const int MostCopied = 64 * 1024;

    [ThreadStatic]
    private static byte[]? _copy;

    /// <summary>Bytes that precede every ordinary value and are not the code's.</summary>
    public byte[] Prefix { get; init; } = [];

    /// <summary>Whether plans are compiled; where they cannot be, such as in a program compiled ahead of time, they run step by step.</summary>
    public static bool IsSupported => RuntimeFeature.IsDynamicCodeCompiled && BitConverter.IsLittleEndian && !IsStepByStep;

    /// <summary>Whether plans are to run step by step, every fast path left out: asked for by a test or a benchmark, or by the switch <c>KafkaDatasets.InterpretPlans</c>.</summary>
    public static bool IsStepByStep => Interpret.Value || IsOff;

    /// <summary>For tests and benchmarks: whether plans that this context makes run step by step.</summary>
    internal static AsyncLocal<bool> Interpret { get; } = new();

    /// <summary>An <see cref="AppContext"/> switch, should compiled plans ever be suspected.</summary>
    private static bool IsOff { get; } = AppContext.TryGetSwitch("KafkaDatasets.InterpretPlans", out bool isOff) && isOff;

    /// <summary>Reads a single value into the block's next row.</summary>
    /// <returns>False: the plan must read it step by step.</returns>
    public bool TryRead(ReadOnlySpan<byte> value, RowBlock block)
    {
        if (value.Length > MostCopied)
        {
            return false;
        }

        byte[] copy = Copy(value);
        return TryRun(ref MemoryMarshal.GetArrayDataReference(copy), value.Length, block);
    }

    protected override int Fill(byte[] bytes, ReadOnlySpan<RecordEntry> strip, int framing, RowBlock block)
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
            // the plan reads the value again step by step and says what is wrong with it
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

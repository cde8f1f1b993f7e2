using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace KafkaDatasets.Benchmarks.Micro;

/// <summary>The suite of the decoders and of the cursor alone: BenchmarkDotNet, in this process, without a broker.</summary>
internal static class MicroSuite
{
    public const string Name = "micro";

    private const string Cursor = "cursor";

    /// <summary>What can be run alone: the cursor, or the decoders of one format.</summary>
    public static IReadOnlyList<string> Names { get; } = [Cursor, "susy", "avro", "protobuf", "json", "csv"];

    public static int Run(bool quick, IReadOnlyList<string> only)
    {
        Job job = (quick ? Job.Dry : Job.ShortRun).WithToolchain(InProcessEmitToolchain.Instance);
        IConfig config = DefaultConfig.Instance.AddJob(job).WithOption(ConfigOptions.DisableLogFile, true);
        if (only.Count > 0)
        {
            config = config.AddFilter(new SimpleFilter(b => only.Contains(NameOf(b))));
        }

        BenchmarkRunner.Run([typeof(DecoderBenchmarks), typeof(CursorBenchmarks)], config);
        return 0;
    }

    private static string NameOf(BenchmarkCase benchmark) =>
        benchmark.Descriptor.Type == typeof(CursorBenchmarks) ? Cursor : ((string)benchmark.Parameters[nameof(DecoderBenchmarks.Case)]).Split(' ')[0];
}

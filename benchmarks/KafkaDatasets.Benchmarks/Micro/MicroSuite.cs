using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace KafkaDatasets.Benchmarks.Micro;

/// <summary>The suite of the decoders alone: BenchmarkDotNet, in this process, without a broker.</summary>
internal static class MicroSuite
{
    public const string Name = "micro";

    public static int Run(bool quick)
    {
        Job job = (quick ? Job.Dry : Job.ShortRun).WithToolchain(InProcessEmitToolchain.Instance);
        BenchmarkRunner.Run<DecoderBenchmarks>(DefaultConfig.Instance.AddJob(job).WithOption(ConfigOptions.DisableLogFile, true));
        return 0;
    }
}

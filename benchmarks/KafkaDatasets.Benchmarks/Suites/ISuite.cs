using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Reports;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>Measurements that belong together: a section of the results.</summary>
internal interface ISuite
{
    string Name { get; }

    string Title { get; }

    /// <summary>What the ground lacks for this suite; null: nothing.</summary>
    string? Lacks(Ground ground);

    Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken);
}

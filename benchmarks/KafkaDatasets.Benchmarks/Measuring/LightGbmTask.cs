using KafkaDatasets.Benchmarks.Contenders;

namespace KafkaDatasets.Benchmarks.Measuring;

/// <summary>What a process that trains is to do.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="World">How many ranks train; 0: ML.NET's own trainer, from a view.</param>
/// <param name="Rank">Which of them this process is.</param>
/// <param name="Coordinator">Where rank 0 listens.</param>
/// <param name="Trees">How many trees.</param>
internal sealed record LightGbmTask(ContenderTask Topic, int World, int Rank, string Coordinator, int Trees);

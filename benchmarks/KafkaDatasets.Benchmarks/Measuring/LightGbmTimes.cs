namespace KafkaDatasets.Benchmarks.Measuring;

/// <summary>What a process that trained found.</summary>
/// <param name="Seconds">From the call to the model.</param>
/// <param name="ProcessorSeconds">Processor time of all its threads meanwhile.</param>
/// <param name="PeakResidentBytes">The most that was ever resident.</param>
internal sealed record LightGbmTimes(double Seconds, double ProcessorSeconds, long PeakResidentBytes);

namespace KafkaDatasets.Benchmarks.Measuring;

/// <summary>What opening and a first pass took in a new process.</summary>
/// <param name="Seconds">From the start of opening to the last row.</param>
/// <param name="OpeningSeconds">Of it opening.</param>
/// <param name="ProcessorSeconds">Processor time of all threads.</param>
/// <param name="CompilingSeconds">Of it the compiler's, on all threads.</param>
/// <param name="Methods">How many methods were compiled.</param>
internal sealed record FirstPass(double Seconds, double OpeningSeconds, double ProcessorSeconds, double CompilingSeconds, long Methods);

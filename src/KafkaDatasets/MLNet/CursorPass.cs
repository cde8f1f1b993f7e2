using KafkaDatasets.Pipeline;

namespace KafkaDatasets.MLNet;

/// <summary>One pass of a cursor.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Abandon">Ends the pass.</param>
/// <param name="Elapsed">The time since it began.</param>
internal sealed record CursorPass(IRowReader Rows, Action Abandon, Func<TimeSpan> Elapsed);

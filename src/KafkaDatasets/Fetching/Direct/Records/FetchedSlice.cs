using KafkaDatasets.Fetching.Direct.Protocol;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Whole record batches of one partition, as they were received.</summary>
/// <param name="Buffer">The memory, with one reference that is the slice's.</param>
/// <param name="Length">How many bytes of it are batches.</param>
/// <param name="AbortedTransactions">The aborted transactions in the slice, by their first offset; null: none.</param>
/// <param name="From">The offset that was asked for: records below it are in the first batch perhaps, but passed.</param>
internal readonly record struct FetchedSlice(SharedBuffer Buffer, int Length, AbortedTransaction[]? AbortedTransactions, long From = 0);

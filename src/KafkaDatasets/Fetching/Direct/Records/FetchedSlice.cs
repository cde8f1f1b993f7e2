using KafkaDatasets.Fetching.Direct.Protocol;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Whole record batches of one partition, as they were received.</summary>
/// <param name="Buffer">The memory, with one reference that the slice owns.</param>
/// <param name="Length">The number of its bytes that are batches.</param>
/// <param name="AbortedTransactions">The aborted transactions in the slice, by their first offset; null when there are none.</param>
/// <param name="From">The offset that was requested: the first batch may have records below it, which are skipped.</param>
/// <param name="Next">Where the batch behind the slice begins; 0 if that is not known.</param>
/// <param name="IsChecked">Whether the checksums of all batches have been verified.</param>
internal readonly record struct FetchedSlice(SharedBuffer Buffer, int Length, AbortedTransaction[]? AbortedTransactions, long From = 0, long Next = 0, bool IsChecked = false);

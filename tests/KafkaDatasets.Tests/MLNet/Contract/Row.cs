using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>A row as a cursor showed it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Position">The cursor's position.</param>
/// <param name="Batch">The cursor's batch.</param>
/// <param name="Values">A value for each column; null where the column was not active.</param>
internal sealed record Row(DataViewRowId Id, long Position, long Batch, object?[] Values)
{
    /// <summary>Whether the ids and all values that both have are the same.</summary>
    public bool Agrees(Row other) => Id.Equals(other.Id) && Differing(other) < 0;

    /// <summary>The first column whose values differ, or −1.</summary>
    public int Differing(Row other)
    {
        for (int c = 0; c < Values.Length; c++)
        {
            if (Values[c] is { } mine && other.Values[c] is { } others && !mine.Equals(others))
            {
                return c;
            }
        }

        return -1;
    }

    public override string ToString() => $"row {Id} ({string.Join(", ", Values.Select(v => v ?? "-"))})";
}

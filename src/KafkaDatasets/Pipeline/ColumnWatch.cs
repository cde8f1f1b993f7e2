using KafkaDatasets.Diagnostics;
using KafkaDatasets.Rows;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Pipeline;

/// <summary>Warns when an optional column was missing in every row of a pass: its name may be misspelt, in the options or in a key of a map.</summary>
/// <remarks>Each column of a dataset is reported once, regardless of the number of passes.</remarks>
/// <param name="topic">The topic.</param>
/// <param name="logger">The logger for the warnings.</param>
internal sealed class ColumnWatch(string topic, ILogger logger)
{
    private readonly HashSet<string> _named = [];

    /// <summary>Watches one pass.</summary>
    public Pass Start(IReadOnlyList<BlockColumn> columns) => new(this, columns);

    private void Name(IEnumerable<string> columns, long rows)
    {
        string[] unnamed;
        lock (_named)
        {
            unnamed = [.. columns.Where(_named.Add)];
        }

        if (unnamed.Length > 0)
        {
            Log.ColumnsMissing(logger, topic, rows, string.Join(", ", unnamed));
        }
    }

    /// <summary>Tracks the columns that have had no value so far in one pass.</summary>
    internal sealed class Pass
    {
        private readonly ColumnWatch _watch;
        private readonly List<(int Column, int Slot, DatasetColumn Field)> _unseen = [];

        public Pass(ColumnWatch watch, IReadOnlyList<BlockColumn> columns)
        {
            _watch = watch;
            foreach ((int index, BlockColumn column) in columns.Index().Where(c => c.Item.Tensor is null))
            {
                int slot = 0;
                foreach (DatasetColumn field in column.Fields)
                {
                    if (field is { IsNullable: true, Part: null, IsLengths: false })
                    {
                        _unseen.Add((index, slot, field));
                    }

                    slot += field.Slots;
                }
            }
        }

        /// <summary>Checks a block for values.</summary>
        public void Look(RowBlock block)
        {
            for (int i = _unseen.Count - 1; i >= 0; i--)
            {
                (int column, int slot, DatasetColumn field) = _unseen[i];
                if (block.Columns[column].HasValue(block.Rows, slot, Math.Max(1, field.Slots)))
                {
                    _unseen.RemoveAt(i);
                }
            }
        }

        /// <summary>Logs the warnings at the end of the range.</summary>
        public void End(long rows)
        {
            if (rows > 0 && _unseen.Count > 0)
            {
                _watch.Name(_unseen.Select(u => u.Field.Name).Distinct(), rows);
            }
        }
    }
}

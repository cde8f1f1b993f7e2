using Microsoft.ML;

namespace KafkaDatasets.Tests.MLNet.Contract.Training;

/// <summary>A view that does not shuffle: trainers get its rows in their own order, or shuffle them themselves.</summary>
internal sealed class PlainView(IDataView view) : IDataView
{
    public bool CanShuffle => false;

    public DataViewSchema Schema => view.Schema;

    public long? GetRowCount() => view.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => view.GetRowCursor(columnsNeeded);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded)];
}

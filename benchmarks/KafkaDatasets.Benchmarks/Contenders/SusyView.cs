using System.Runtime.InteropServices;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Topics;
using Microsoft.ML;
using Microsoft.ML.Data;
using x10x_storage_machine_learning;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>The 19 fields of so many SUSY records, a few thousand of them over and over, as columns in memory.</summary>
internal sealed class SusyView : IDataView
{
    private readonly Pass _pass;
    private readonly long _rows;
    private readonly float[] _values;

    public SusyView(long rows, Pass pass)
    {
        _rows = rows;
        _pass = pass;
        var schema = new DataViewSchema.Builder();
        foreach (string field in SUSYRecord.Fields)
        {
            schema.AddColumn(field, NumberDataViewType.Single);
        }

        Schema = schema.ToSchema();
        _values = new float[SusyRecords.Count * SUSYRecord.Fields.Count];
        var random = new RowRandom(0);
        for (int row = 0; row < SusyRecords.Count; row++)
        {
            RecordShape.Susy.Fill(MemoryMarshal.AsBytes(_values.AsSpan(row * SUSYRecord.Fields.Count, SUSYRecord.Fields.Count)), ref random);
        }
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => _rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(this);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(SusyView view) : DataViewRowCursor
    {
        private long _position = -1;
        private int _row = -1;

        public override long Position => _position;

        public override long Batch => 0;

        public override DataViewSchema Schema => view.Schema;

        public override bool MoveNext()
        {
            if (_position + 1 >= view._rows)
            {
                return false;
            }

            _position++;
            _row = (int)(_position % SusyRecords.Count) * SUSYRecord.Fields.Count;
            view._pass.Add(1);
            return true;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            int index = column.Index;
            ValueGetter<float> getter = (ref float value) => value = view._values[_row + index];
            return (ValueGetter<TValue>)(Delegate)getter;
        }
    }
}

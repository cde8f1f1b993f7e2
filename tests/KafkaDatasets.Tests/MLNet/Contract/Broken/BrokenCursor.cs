using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.MLNet.Contract.Broken;

/// <summary>A cursor of a <see cref="BrokenView"/>.</summary>
internal sealed class BrokenCursor : DataViewRowCursor
{
    private static readonly float[] LastArray = new float[3];
    private static readonly char[] LastText = new char[8];

    private readonly BrokenView _view;
    private readonly bool[] _active;
    private readonly Func<int, long> _batch;
    private readonly int _number;
    private readonly Turn? _set;
    private readonly int _pass;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private IEnumerator<int> _rows;
    private int _row = -1;
    private long _position = -1;
    private bool _isAtEnd;
    private bool _isDisposed;
    private bool _isRead;

    public BrokenCursor(BrokenView view, bool[] active, IEnumerator<int> rows, Func<int, long> batch, int number = 0, Turn? set = null)
    {
        _view = view;
        _active = active;
        _rows = rows;
        _batch = batch;
        _number = number;
        _set = set;
        _pass = view.Cursors;
        Schema = view.Fault == Fault.CursorSchemaOfItsOwn ? view.MakeSchema() : view.Schema;
    }

    public override DataViewSchema Schema { get; }

    public override long Position => (Fault, _position) switch
    {
        (Fault.PositionStartsAtZero, -1) when !_isAtEnd => 0,
        (Fault.PositionStaysAtTheEnd, -1) when _isAtEnd => BrokenView.Rows - 1,
        (Fault.PositionSkips, > 10) => _position + 1,
        _ => _position,
    };

    public override long Batch => Fault switch
    {
        Fault.BatchNegative => -1,
        Fault.BatchDescends => BrokenView.Rows - _position,
        _ => _row < 0 ? 0 : _batch(_row),
    };

    private Fault Fault => _view.Fault;

    private int Row
    {
        get
        {
            bool answersAnyway = (Fault == Fault.GetterBeforeTheFirstRow && !_isAtEnd) || (Fault == Fault.GetterAfterTheLastRow && _isAtEnd);
            return _row >= 0 ? (Fault == Fault.CursorsShareARow && _set is null ? _view.SharedRow : _row)
                : answersAnyway ? 0
                : throw new InvalidOperationException("not at a row");
        }
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index] || Fault == Fault.AllColumnsActive;

    public override bool MoveNext()
    {
        if (Fault == Fault.BoundToAThread && _thread != Environment.CurrentManagedThreadId && _set is null)
        {
            throw new InvalidOperationException("another thread");
        }

        if (Fault == Fault.SetStopsWhenOneIsNotRead && _set is not null && _position == 100)
        {
            _set.WaitForAll(_number, 2);
        }

        _isRead = false;
        bool hasGone = _isDisposed && Fault != Fault.MovesAfterDisposal;
        if (!_isAtEnd && !hasGone && _set?.HasFirstGone != true && _rows.MoveNext())
        {
            _row = _rows.Current;
            _view.SharedRow = _row;
            _position++;
            return true;
        }

        if (_isAtEnd && Fault == Fault.StartsAgain)
        {
            _rows = Enumerable.Range(0, BrokenView.Rows).GetEnumerator();
            _isAtEnd = false;
            return true;
        }

        _isAtEnd = true;
        _row = -1;
        _position = -1;
        return false;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
    {
        int row = Row;
        value = new DataViewRowId(
            Fault switch
            {
                Fault.IdsTwice => (ulong)row / 2,
                Fault.IdsVary => (ulong)(row + 1000 * _pass),
                Fault.IdsOfASetDiffer when _set is not null => (ulong)row + BrokenView.Rows,
                Fault.ShuffleChangesIds when _set is null => (ulong)_position,
                _ => (ulong)row,
            },
            0);
    };

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!_active[column.Index] && Fault != Fault.GetterOfInactiveColumn)
        {
            throw new InvalidOperationException("inactive");
        }

        Delegate getter = column.Index switch
        {
            0 => (ValueGetter<int>)((ref int value) => value = Row),
            1 => (ValueGetter<float>)GetX,
            2 => (ValueGetter<ReadOnlyMemory<char>>)GetName,
            3 => (ValueGetter<VBuffer<float>>)GetFeatures,
            4 => (ValueGetter<uint>)((ref uint value) => value = (uint)(Fault == Fault.KeyTooLarge ? Row % 5 : Row % 4)),
            _ => (ValueGetter<bool>)((ref bool value) => value = Row % 3 == 0),
        };
        return getter as ValueGetter<TValue> ?? (Fault == Fault.GetterOfWrongTypeIsNull ? null! : throw new InvalidOperationException("another type"));
    }

    protected override void Dispose(bool disposing)
    {
        if (_set is not null && _number == 0 && !_isAtEnd && Fault == Fault.SetEndsWithItsFirst)
        {
            _set.HasFirstGone = true;
        }

        if (Fault == Fault.DisposalThrows && _set is null && !_isAtEnd && _position >= 0)
        {
            throw new InvalidOperationException("not at the end");
        }

        _isDisposed = true;
        base.Dispose(disposing);
    }

    private void GetX(ref float value)
    {
        float x = Row / 4f;
        value = Fault switch
        {
            Fault.ValuesVary => x + _pass,
            Fault.ValuesDependOnColumns when !_active[0] => float.NaN,
            Fault.GetterGoodOnce when _isRead => float.NaN,
            _ => x,
        };
        _isRead = true;
    }

    private void GetName(ref ReadOnlyMemory<char> value)
    {
        string name = $"row {Row}";
        if (Fault == Fault.TextOfTheLastRow && _set is null)
        {
            name.CopyTo(LastText);
            value = LastText.AsMemory(0, name.Length);
        }
        else
        {
            value = name.AsMemory();
        }
    }

    private void GetFeatures(ref VBuffer<float> value)
    {
        float[] features = _view.Arrays[Row];
        switch (Fault)
        {
            case Fault.ArrayOfTheLastRow when _set is null:
                features.CopyTo(LastArray, 0);
                value = new VBuffer<float>(features.Length, LastArray);
                break;
            case Fault.ArrayOfTheView:
                value = new VBuffer<float>(features.Length, features);
                break;
            default:
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, features.Length);
                for (int i = 0; i < features.Length; i++)
                {
                    if (features[i] != 0 || Fault != Fault.ArrayNotCleared)
                    {
                        editor.Values[i] = features[i];
                    }
                }

                value = editor.Commit();
                break;
        }
    }
}

using System.Globalization;
using System.IO.Compression;

namespace SusyDemo.Data;

/// <summary>
/// Events from a CSV file, plain or gzipped: without a header as the UCI repository serves them (19 columns in the order of
/// <see cref="SusyFields.All"/>), or with a header that has the label and any of the features. Read as a stream; a fault names line and column.
/// </summary>
internal sealed class CsvEventSource : IEventSource
{
    private const int BufferSize = 1 << 16;

    private readonly string _path;
    private readonly long? _maxRows;
    private readonly bool _hasHeader;
    private readonly int[] _columns;

    /// <summary>Opens the file and reads its first line.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxRows">How many rows to read at most; null: all.</param>
    /// <exception cref="DemoException">The file cannot be read, is empty, or its first line is neither a header of known fields nor 19 numbers.</exception>
    public CsvEventSource(string path, long? maxRows = null)
    {
        _path = path;
        _maxRows = maxRows;
        using StreamReader reader = Open(path);
        string first = ReadLine(reader, 1) ?? throw new DemoException($"{path} is empty.");
        string[] cells = [.. first.Split(',').Select(c => c.Trim().Trim('"'))];
        _hasHeader = !TryParse(cells[0], out _);
        _columns = _hasHeader ? HeaderColumns(cells) : UciColumns(cells.Length);
        Fields = [.. _columns.Order().Select(i => SusyFields.All[i])];
    }

    public IReadOnlyList<string> Fields { get; }

    public bool Synthetic => false;

    public long? Count => null;

    public IEnumerable<SusyRecord> Read()
    {
        using StreamReader reader = Open(_path);
        long line = 0;
        long rows = 0;
        while (rows != _maxRows && ReadLine(reader, ++line) is { } text)
        {
            if ((line == 1 && _hasHeader) || string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            yield return Parse(text, line);
            rows++;
        }
    }

    private SusyRecord Parse(ReadOnlySpan<char> text, long line)
    {
        var record = new SusyRecord();
        int column = 0;
        foreach (Range range in text.Split(','))
        {
            ReadOnlySpan<char> cell = text[range];
            if (column == _columns.Length)
            {
                throw WrongNumberOfColumns(text, line);
            }

            int field = _columns[column++];
            if (!TryParse(cell, out float value))
            {
                throw new DemoException($"{_path}, line {line}, column {column} ({SusyFields.All[field]}): '{Shorten(cell)}' is not a finite number.");
            }

            if (field == 0 && value is not (0 or 1))
            {
                throw new DemoException($"{_path}, line {line}, column {column} ({SusyFields.Label}): '{Shorten(cell)}' is neither 0 (background) nor 1 (signal).");
            }

            record[field] = value;
        }

        return column == _columns.Length ? record : throw WrongNumberOfColumns(text, line);
    }

    private DemoException WrongNumberOfColumns(ReadOnlySpan<char> text, long line) =>
        new($"{_path}, line {line}: {text.Count(',') + 1} columns, where {_columns.Length} are expected.");

    private int[] HeaderColumns(string[] names)
    {
        var columns = new int[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            columns[i] = SusyFields.IndexOf(names[i]);
            if (columns[i] < 0)
            {
                throw new DemoException($"{_path}, line 1, column {i + 1}: '{Shorten(names[i])}' is not a field of a SUSY event. The fields are: {string.Join(", ", SusyFields.All)}.");
            }

            if (Array.IndexOf(columns, columns[i], 0, i) >= 0)
            {
                throw new DemoException($"{_path}, line 1, column {i + 1}: '{names[i]}' appears twice.");
            }
        }

        if (!columns.Contains(0))
        {
            throw new DemoException($"{_path}, line 1: the header has no column '{SusyFields.Label}'.");
        }

        return columns.Length > 1 ? columns : throw new DemoException($"{_path}, line 1: the header has no feature beside '{SusyFields.Label}'.");
    }

    private int[] UciColumns(int count) => count == SusyFields.All.Count
        ? [.. Enumerable.Range(0, count)]
        : throw new DemoException($"{_path}, line 1: {count} columns and no header, where the UCI file has {SusyFields.All.Count}: {string.Join(", ", SusyFields.All)}.");

    private string? ReadLine(StreamReader reader, long line)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new DemoException($"{_path}, after line {line - 1}: {e.Message}", e);
        }
    }

    private static StreamReader Open(string path)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, FileOptions.SequentialScan);
            bool zipped = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            return new StreamReader(zipped ? new GZipStream(file, CompressionMode.Decompress) : file, bufferSize: BufferSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DemoException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static bool TryParse(ReadOnlySpan<char> cell, out float value) =>
        float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);

    private static string Shorten(ReadOnlySpan<char> cell) => cell.Length <= 40 ? cell.Trim().ToString() : $"{cell[..40]}…";
}

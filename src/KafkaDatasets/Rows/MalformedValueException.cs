using System.Runtime.CompilerServices;

namespace KafkaDatasets.Rows;

/// <summary>Thrown for a value that does not match its schema; the decoder adds the location and throws a <see cref="RecordDecodingException"/>.</summary>
internal class MalformedValueException : Exception
{
    private readonly string _file;
    private readonly int _line;

    public MalformedValueException(string message, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        : base(message)
    {
        _file = file;
        _line = line;
    }

    public MalformedValueException(InvariantText message, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        : this(message.ToStringAndClear(), file, line)
    {
    }

    /// <summary>The source location of the check: the same for values with the same kind of problem.</summary>
    public string Place => $"{_file}:{_line}";
}

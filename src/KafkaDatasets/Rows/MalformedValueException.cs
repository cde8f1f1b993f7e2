using System.Runtime.CompilerServices;

namespace KafkaDatasets.Rows;

/// <summary>Thrown for a value that does not match its schema; the decoder adds the location and throws a <see cref="RecordDecodingException"/>.</summary>
internal class MalformedValueException(string message, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) : Exception(message)
{
    /// <summary>The source location of the check: the same for values with the same kind of problem.</summary>
    public string Place => $"{file}:{line}";
}

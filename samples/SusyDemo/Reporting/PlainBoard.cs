using System.Globalization;

namespace SusyDemo.Reporting;

/// <summary>A line for each piece of work every few seconds, ever less often, and one when it is done.</summary>
internal sealed class PlainBoard(TextWriter output, TimeProvider time) : IProgressBoard
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public IProgressTask Begin(string name, long? total) => new Line(output, time, name, total);

    private sealed class Line(TextWriter output, TimeProvider time, string name, long? total) : IProgressTask
    {
        private readonly long _start = time.GetTimestamp();
        private readonly Lock _lock = new();
        private TimeSpan _next = Interval;
        private long _rows;
        private string? _note;

        public void Report(long rows, string? note)
        {
            lock (_lock)
            {
                _rows = rows;
                _note = note ?? _note;
                TimeSpan elapsed = time.GetElapsedTime(_start);
                if (elapsed < _next)
                {
                    return;
                }

                _next = elapsed + Interval + (elapsed / 10);
                string of = total is > 0 ? string.Create(CultureInfo.InvariantCulture, $"{(double)rows / total:P0}, ") : "";
                Write(elapsed, of);
            }
        }

        public void Finish()
        {
            lock (_lock)
            {
                TimeSpan elapsed = time.GetElapsedTime(_start);
                Write(elapsed, string.Create(CultureInfo.InvariantCulture, $"done in {elapsed.TotalSeconds:F1} s, "));
            }
        }

        private void Write(TimeSpan elapsed, string state) =>
            output.WriteLine($"{name}: {state}{RowsColumn.Format(_rows, elapsed)}{(_note is null ? "" : $", {_note}")}");
    }
}

using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SusyDemo.Reporting;

/// <summary>How many rows are done, and how many that is a second.</summary>
internal sealed class RowsColumn : ProgressColumn
{
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(Format((long)task.Value, task.ElapsedTime ?? TimeSpan.Zero)).RightJustified();

    public static string Format(long rows, TimeSpan elapsed)
    {
        double rate = elapsed > TimeSpan.Zero ? rows / elapsed.TotalSeconds : 0;
        return string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows, {rate:N0} rows/s");
    }
}

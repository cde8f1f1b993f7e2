using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SusyDemo.Reporting;

/// <summary>How many rows are done, and how many that is a second.</summary>
internal sealed class RowsColumn : ProgressColumn
{
    /// <summary>The width of <c>9,999,999 rows, 9,999,999 rows/s</c>.</summary>
    public const int Width = 32;

    protected override bool NoWrap => true;

    public override int? GetColumnWidth(RenderOptions options) => Width;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
    {
        string text = Format((long)task.Value, task.ElapsedTime ?? TimeSpan.Zero);
        return new Text(text.Length <= Width ? text : $"{text[..(Width - 1)]}…").RightJustified();
    }

    public static string Format(long rows, TimeSpan elapsed)
    {
        double rate = elapsed > TimeSpan.Zero ? rows / elapsed.TotalSeconds : 0;
        return string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows, {rate:N0} rows/s");
    }
}

using Spectre.Console;
using Spectre.Console.Rendering;

namespace SusyDemo.Reporting;

/// <summary>What a piece of work is, cut off where it is too long for the terminal.</summary>
internal sealed class NameColumn(int width) : ProgressColumn
{
    protected override bool NoWrap => true;

    public override int? GetColumnWidth(RenderOptions options) => width;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
    {
        string name = Markup.Remove(task.Description);
        return new Text(name.Length <= width ? name : $"{name[..(width - 1)]}…");
    }
}

namespace SusyDemo.Reporting;

/// <summary>Where the progress of several pieces of work is shown.</summary>
internal interface IProgressBoard
{
    /// <summary>Begins a piece of work.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="total">How many rows it will be, or null if that is not known.</param>
    IProgressTask Begin(string name, long? total);
}

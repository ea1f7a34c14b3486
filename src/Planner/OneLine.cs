namespace Migrate.Planner;

/// <summary>Text from a source, a guest or a program, where it must neither end the line nor steer a terminal.</summary>
public static class OneLine
{
    /// <summary>The same with a blank for each control character.</summary>
    public static string Of(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(x => char.IsControl(x) ? ' ' : x)) : text;
}

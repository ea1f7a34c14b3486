using System.Runtime.InteropServices;

namespace Migrate.Api.Cli;

/// <summary>
/// Where a command reads and writes. Data goes to <see cref="Out"/>, messages and progress to <see cref="Error"/>; only a terminal
/// gets colours, prompts and lines that change.
/// </summary>
internal sealed record Terminal
{
    public required TextReader In { get; init; }
    public required TextWriter Out { get; init; }
    public required TextWriter Error { get; init; }
    public required Func<string, string?> Environment { get; init; }
    /// <summary>The names of all variables, to find misspelt ones.</summary>
    public Func<IEnumerable<string>> Variables { get; init; } = () => [];
    public bool InIsTerminal { get; init; }
    public bool OutIsTerminal { get; init; }
    public bool ErrorIsTerminal { get; init; }
    public int Width { get; init; } = 120;

    /// <summary>True for the process's own terminal: signals and the console's keys belong to it.</summary>
    public bool IsProcess { get; init; }

    public bool Colours => ErrorIsTerminal && string.IsNullOrEmpty(Environment("NO_COLOR")) && Environment("TERM") != "dumb";

    public static Terminal OfThisProcess() => new()
    {
        In = Console.In,
        Out = Console.Out,
        Error = Console.Error,
        Environment = System.Environment.GetEnvironmentVariable,
        Variables = () => System.Environment.GetEnvironmentVariables().Keys.Cast<string>(),
        InIsTerminal = !Console.IsInputRedirected,
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Width = Console.IsErrorRedirected ? 120 : Math.Max(40, Console.WindowWidth),
        IsProcess = true,
    };

    /// <summary>Asks without showing what is typed. Only on a terminal: a script must say what it wants.</summary>
    public string ReadSecret(string prompt)
    {
        Error.Write(prompt);
        var typed = new List<char>();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
            {
                Error.WriteLine();
                return new string(CollectionsMarshal.AsSpan(typed));
            }

            if (key.Key == ConsoleKey.Backspace)
            {
                typed.RemoveRange(Math.Max(0, typed.Count - 1), Math.Min(1, typed.Count));
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Add(key.KeyChar);
            }
        }
    }
}

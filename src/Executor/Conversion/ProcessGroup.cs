using System.Globalization;
using System.Runtime.InteropServices;

namespace Migrate.Executor.Conversion;

/// <summary>
/// A tool and all that it starts, in a session of its own. Its leader writes itself down before it begins, so that whoever takes over from a worker that was
/// killed finds what that left running and ends it: two must not work on one disk.
/// </summary>
internal static partial class ProcessGroup
{
    private const int SigKill = 9;
    private const string Suffix = ".pid";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The command line that runs <paramref name="command"/> as leader of a session of its own, noted in the directory.</summary>
    public static IReadOnlyList<string> Leading(string directory, string name, IReadOnlyList<string> command) =>
    [
        "setsid", "sh", "-c", "echo \"$$ $(cut -d ')' -f 2- /proc/$$/stat | cut -d ' ' -f 21)\" > \"$0\" && exec \"$@\"", Path.Combine(directory, name + Suffix), .. command,
    ];

    /// <summary>Ends whatever is left of those that were noted in the directory; returns when none is there any more.</summary>
    /// <returns>How many there were.</returns>
    public static async Task<int> EndAllAsync(string directory, TimeProvider time, CancellationToken cancellationToken)
    {
        var ended = 0;
        if (!Directory.Exists(directory))
        {
            return ended;
        }

        foreach (var note in Directory.GetFiles(directory, "*" + Suffix, SearchOption.AllDirectories))
        {
            var words = (await File.ReadAllTextAsync(note, cancellationToken)).Split(' ', '\n');
            if (words is [var id, var started, ..] && int.TryParse(id, CultureInfo.InvariantCulture, out var leader) && long.TryParse(started, CultureInfo.InvariantCulture, out var since)
                && IsOurs(leader, since))
            {
                ended++;
                await EndAsync(leader, time, cancellationToken);
            }

            File.Delete(note);
        }

        return ended;
    }

    /// <summary>SIGKILL to all of them, and waits until they are gone.</summary>
    public static async Task EndAsync(int leader, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (MembersOf(leader).Any())
        {
            _ = Kill(-leader, SigKill); // In a loop: one that was just being made is missed by the first.
            if (time.GetElapsedTime(began) > Patience)
            {
                return; // In the kernel, on a device that does not answer: QEMU's locks keep others off the disk.
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    /// <summary>A number is given out again only when no process and no session has it.</summary>
    private static bool IsOurs(int leader, long started) =>
        StatOf(leader) is { } stat ? stat.Started == started && stat.Session == leader : MembersOf(leader).Any();

    private static IEnumerable<int> MembersOf(int session) => Directory.GetDirectories("/proc")
        .Select(x => int.TryParse(Path.GetFileName(x), CultureInfo.InvariantCulture, out var id) ? id : 0)
        .Where(id => id > 0 && StatOf(id) is { State: not ('Z' or 'X') } stat && stat.Session == session);

    /// <summary>proc_pid_stat(5); the name in brackets may hold anything.</summary>
    private static (char State, int Session, long Started)? StatOf(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[3], CultureInfo.InvariantCulture), long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            return null; // It ended meanwhile.
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int id, int signal);
}

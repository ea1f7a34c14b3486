using Migrate.EndToEnd.Tests.Guest;

namespace Migrate.EndToEnd.Tests.Target;

/// <summary>Runs a job of this folder in a guest: the Linux kernel as a host of our target.</summary>
internal static class KernelGuest
{
    /// <summary>Generous: machines are shared, and TCG is slow.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <param name="kernel"><see cref="GuestImage.Stable"/> or <see cref="GuestImage.Backports"/>.</param>
    /// <param name="job">Script of this folder; guest.sh is put before it.</param>
    /// <param name="variables">Shell variables that the job wants, "NAME=value".</param>
    /// <param name="onLine">Called for each line of the guest's console as it comes: a MARK asks the test for something.</param>
    /// <param name="options">Further options of eng/guest/boot.sh.</param>
    /// <returns>What the guest said, when its job reached its end without a failure; else the test has failed.</returns>
    public static async Task<string> RunAsync(string kernel, string job, string[] variables, Action<string>? onLine = null, params string[] options)
    {
        var cancel = TestContext.Current.CancellationToken;
        var image = await GuestImage.PrepareAsync(kernel, cancel);
        var assignments = variables.Select(v => v.Split('=', 2)).Select(v => $"{v[0]}='{v[1]}'");
        string[] parts =
        [
            string.Join('\n', assignments),
            await File.ReadAllTextAsync(PathOf("guest.sh"), cancel),
            await File.ReadAllTextAsync(PathOf(job), cancel),
        ];
        var run = await GuestRun.RunAsync(image, string.Join('\n', parts), onLine, Longest, options, cancel);
        run.Status.ShouldBe(0, run.Console);
        run.Console.ShouldContain("ALL-GOOD");
        return run.Console;
    }

    private static string PathOf(string file) => Repository.PathOf("tests", "EndToEnd", "Target", file);
}

using System.Diagnostics;

namespace Migrate.EndToEnd.Tests.Package;

/// <summary>
/// This machine as its package manager sees it, with everything that is written kept apart: an overlay over / in a mount namespace of its own, which ends
/// with one process. So packages are installed for real, by the real dpkg, and nothing of it stays.
/// </summary>
internal sealed class InstallRoot : IAsyncDisposable
{
    private readonly string _directory;
    private readonly Process _holder;

    private InstallRoot(string directory, Process holder) => (_directory, _holder) = (directory, holder);

    private string Root => Path.Combine(_directory, "root");

    public static async Task<InstallRoot> MakeAsync(string packages)
    {
        var directory = Directory.CreateTempSubdirectory("migrate-install-").FullName;
        var script = $"""
            set -e
            cd {directory}
            mount -t tmpfs -o size=3g,mode=755 none .
            cd {directory}
            mkdir upper work root
            mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
            mount -t proc proc root/proc
            mount --rbind /dev root/dev
            mkdir -p root/packages
            mount --bind {packages} root/packages
            echo ready
            exec sleep infinity
            """;
        var holder = Programs.Start(new ProcessStartInfo("unshare", ["--mount", "--propagation", "private", "bash", "-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true });
        var line = await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        if (line != "ready")
        {
            var errors = await holder.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            throw new InvalidOperationException($"No overlay over / could be made (this test needs root and overlayfs): {errors}");
        }

        return new InstallRoot(directory, holder);
    }

    /// <summary>How to start a program inside, in a clean environment.</summary>
    public ProcessStartInfo Inside(params string[] command) => new(
        "nsenter",
        [$"--target={_holder.Id}", "--mount", "chroot", Root, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", .. command]);

    public Task<ProgramResult> TryAsync(params string[] command) => Programs.RunAsync(Inside(command));

    public Task<string> RunAsync(params string[] command) => Programs.OutputOfAsync(Inside(command));

    public async ValueTask DisposeAsync()
    {
        _holder.Kill();
        await _holder.WaitForExitAsync(CancellationToken.None);
        _holder.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}

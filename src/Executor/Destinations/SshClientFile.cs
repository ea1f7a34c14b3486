using Migrate.Executor.Destinations.Commands;

namespace Migrate.Executor.Destinations;

/// <summary>
/// The ssh client that libvirt is told to use: a script, because libvirt passes on none of the options that make a login strict. It is
/// needed until libvirt has started it.
/// </summary>
internal sealed class SshClientFile : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("migrate-ssh-");

    public SshClientFile(SshAddress address)
    {
        Path = System.IO.Path.Combine(_directory.FullName, "ssh");
        File.WriteAllText(Path, $"#!/bin/sh\nexec ssh {ShellQuote.Join(address.Options)} \"$@\"\n");
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public string Path { get; }

    public void Dispose() => _directory.Delete(recursive: true);
}

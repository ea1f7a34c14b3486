using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Migrate.Target.Namespaces;

namespace Migrate.Target.Transport;

/// <summary>
/// io_uring for reads and writes of backings that wait for a device: many are handed over and come back with one system call
/// or none. Used by its loop's thread alone. Layout of the rings: io_uring(7) and its setup call.
/// </summary>
internal sealed unsafe class StorageRing : IDisposable
{
    private const uint Entries = 1024;
    private const byte OpRead = 22;
    private const byte OpWrite = 23;
    private const int EntrySize = 64;
    private const int CompletionSize = 16;
    private const uint TaskRun = 1 << 2;
    private const uint EventDisabled = 1 << 0;

    private readonly int _ring;
    private readonly byte* _rings;
    private readonly nint _ringsLength;
    private readonly byte* _entries;
    private readonly RingSetup _setup;
    private readonly uint* _submissionTail;
    private readonly uint* _submissionFlags;
    private readonly uint _submissionMask;
    private readonly uint* _completionHead;
    private readonly uint* _completionTail;
    private readonly uint* _completionFlags;
    private readonly uint _completionMask;
    private readonly byte* _completions;
    private readonly StorageJob?[] _jobs = new StorageJob?[Entries];
    private readonly Stack<int> _free = new((int)Entries);

    private StorageRing(int ring, RingSetup setup)
    {
        _ring = ring;
        _setup = setup;
        _ringsLength = (nint)Math.Max(setup.SubmissionArray + (setup.SubmissionEntries * sizeof(uint)),
            setup.CompletionEntriesAt + (setup.CompletionEntries * CompletionSize));
        _rings = (byte*)Linux.Map(_ringsLength, ring, Linux.RingsOffset);
        _entries = (byte*)Linux.Map((nint)setup.SubmissionEntries * EntrySize, ring, Linux.EntriesOffset);
        _submissionTail = (uint*)(_rings + setup.SubmissionTail);
        _submissionFlags = (uint*)(_rings + setup.SubmissionFlags);
        _submissionMask = *(uint*)(_rings + setup.SubmissionMask);
        _completionHead = (uint*)(_rings + setup.CompletionHead);
        _completionTail = (uint*)(_rings + setup.CompletionTail);
        _completionFlags = (uint*)(_rings + setup.CompletionFlags);
        _completionMask = *(uint*)(_rings + setup.CompletionMask);
        _completions = _rings + setup.CompletionEntriesAt;
        var indices = (uint*)(_rings + setup.SubmissionArray);
        for (var i = 0u; i < setup.SubmissionEntries; i++)
        {
            indices[i] = i;
            _free.Push((int)i);
        }

        Event = Linux.NewEvent();
        Linux.RegisterEvent(ring, Event);
    }

    /// <summary>Becomes readable when something has completed.</summary>
    public int Event { get; }

    /// <summary>Something is to be handed over or taken: no time to sleep.</summary>
    public bool HasWork => Added > 0 || Volatile.Read(ref *_completionTail) != *_completionHead || IsTaskWaiting;

    /// <summary>Waits for <see cref="Submit"/>.</summary>
    public uint Added { get; private set; }

    // The kernel says so where it does not interrupt the thread for it.
    private bool IsTaskWaiting => (Volatile.Read(ref *_submissionFlags) & TaskRun) != 0;

    /// <summary>Null where the system forbids or lacks io_uring.</summary>
    public static StorageRing? TryCreate()
    {
        RingSetup setup = default;
        var ring = Linux.SetUpRing(Entries, &setup);
        if (ring < 0)
        {
            return null;
        }

        try
        {
            return new StorageRing(ring, setup);
        }
        catch (IOException)
        {
            _ = Linux.Close(ring);
            return null;
        }
    }

    /// <summary>False when the ring is full. What is added goes out with <see cref="Submit"/>.</summary>
    public bool TryAdd(StorageJob job)
    {
        if (!_free.TryPop(out var slot))
        {
            return false;
        }

        _jobs[slot] = job;
        ref var transfer = ref job.Transfer;
        var tail = *_submissionTail;
        var entry = _entries + ((tail & _submissionMask) * EntrySize);
        new Span<byte>(entry, EntrySize).Clear();
        entry[0] = transfer.IsWrite ? OpWrite : OpRead;
        *(int*)(entry + 4) = (int)transfer.Backing.Handle.DangerousGetHandle(); // the job's access period keeps it open
        *(long*)(entry + 8) = transfer.Offset;
        *(long*)(entry + 16) = (long)transfer.Memory;
        *(int*)(entry + 24) = transfer.Length;
        *(long*)(entry + 32) = slot;
        Volatile.Write(ref *_submissionTail, tail + 1);
        Added++;
        return true;
    }

    /// <summary>Whether <see cref="Event"/> is wanted: signalling costs more than a look at <see cref="HasWork"/>.</summary>
    public void WantEvent(bool isWanted)
    {
        Volatile.Write(ref *_completionFlags, isWanted ? 0 : EventDisabled);
        Interlocked.MemoryBarrier(); // the kernel looks at it behind what it has completed, the caller at HasWork behind it
    }

    /// <summary>Hands over what was added, and asks for what has come back; no system call when there is neither.</summary>
    public void Submit()
    {
        if (Added == 0 && !IsTaskWaiting)
        {
            return;
        }

        do
        {
            var taken = Linux.EnterRing(_ring, Added);
            if (taken <= 0)
            {
                return; // busy: the next turn tries again, after completions were taken
            }

            Added -= (uint)taken;
        }
        while (Added > 0);
    }

    /// <summary>
    /// A job that came back, with its <see cref="StorageJob.Error"/>. <see cref="Errno.EAGAIN"/> means that only a part of it
    /// was done or nothing: it has to be done again by a call that waits, which also tells the real error.
    /// </summary>
    public bool TryTake([NotNullWhen(true)] out StorageJob? job)
    {
        var head = *_completionHead;
        if (head == Volatile.Read(ref *_completionTail))
        {
            job = null;
            return false;
        }

        var completion = _completions + ((head & _completionMask) * CompletionSize);
        var slot = (int)*(long*)completion;
        var result = *(int*)(completion + 8);
        Volatile.Write(ref *_completionHead, head + 1);
        job = _jobs[slot]!;
        _jobs[slot] = null;
        _free.Push(slot);
        job.Error = result == job.Transfer.Length ? 0 : Errno.EAGAIN;
        return true;
    }

    public void Dispose()
    {
        Linux.Unmap(_rings, _ringsLength);
        Linux.Unmap(_entries, (nint)_setup.SubmissionEntries * EntrySize);
        _ = Linux.Close(Event);
        _ = Linux.Close(_ring);
    }
}

/// <summary>struct io_uring_params: what was asked for and where things are.</summary>
[StructLayout(LayoutKind.Explicit, Size = 120)]
internal struct RingSetup
{
    [FieldOffset(0)] public uint SubmissionEntries;
    [FieldOffset(4)] public uint CompletionEntries;
    [FieldOffset(8)] public uint Flags;
    [FieldOffset(20)] public uint Features;
    [FieldOffset(40)] public uint SubmissionHead;
    [FieldOffset(44)] public uint SubmissionTail;
    [FieldOffset(48)] public uint SubmissionMask;
    [FieldOffset(56)] public uint SubmissionFlags;
    [FieldOffset(64)] public uint SubmissionArray;
    [FieldOffset(80)] public uint CompletionHead;
    [FieldOffset(84)] public uint CompletionTail;
    [FieldOffset(88)] public uint CompletionMask;
    [FieldOffset(100)] public uint CompletionEntriesAt;
    [FieldOffset(104)] public uint CompletionFlags;
}
